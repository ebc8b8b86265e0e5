import { chmodSync, copyFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createScratch } from "@test/real/program.ts";
import { newToken, startService } from "@test/real/service.ts";
import { fixture } from "@test/support/fixtures.ts";
import { type Attack, must } from "./attack.ts";

/** A service whose agent is another user. Its program stands where that user can reach it: not below /root. */
export const createOtherUserSetup = async () => {
  const scratch = createScratch(tmpdir());
  chmodSync(scratch.folder, 0o755);
  const program = join(scratch.folder, "nosy");
  copyFileSync(fixture("bin/nosy"), program);
  const service = await startService({
    EXECUTOR_CODEX_BIN: program,
    EXECUTOR_USER: "nobody",
    OPENCLAW_GATEWAY_URL: "http://127.0.0.1:9",
    OPENCLAW_GATEWAY_TOKEN: newToken(),
  });
  return {
    service,
    async stop() {
      await service.stop();
      scratch.remove();
    },
  };
};

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
