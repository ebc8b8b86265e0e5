import { type Attack, must } from "./attack.ts";

/** The server runs as root here, and the agent as EXECUTOR_USER. */
export const otherUserAttacks: Attack[] = [
  {
    row: "Same user",
    name: "an agent without a sandbox, as another user, looks for settings, data, memory and the service itself",
    async run({ service }) {
      const id = await service.submit({
        task: `${service.pid} ${service.folder}`,
        cwd: "/tmp",
        permission_level: "L4",
        allow_danger: true,
      });
      const job = await service.finished(id);
      const [who = "", ...got] = job.result_text.split("\n");
      must(/^uid 65534 groups 65534 home /.test(who), who);
      must(got.join() === "end", got.join(", "));
      return `${who}; it reads, signals and writes nothing of ours`;
    },
  },
];
