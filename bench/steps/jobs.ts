import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "@test/support/fixtures.ts";
import type { Samples } from "../samples.ts";
import { API_TOKEN, type Forms, post, start } from "../subjects.ts";

const PROGRAM = fixture("bin/stamp");
const WARM_UP = 10;

/** When the program that ran last began and ended. */
const lastStamp = (folder: string) => {
  const [, began, ended] = readFileSync(join(folder, "stamps"), "utf8").trimEnd().split("\n").at(-1)?.split(" ") ?? [];
  return { beganMs: Number(began) * 1000, endedMs: Number(ended) * 1000 };
};

const nowMs = () => performance.timeOrigin + performance.now();

/** A program that does nothing, as a job into an empty queue and by a bare `Bun.spawn`, in turn. */
export const measureJobs = async (forms: Forms, samples: Samples, rounds: number): Promise<void> => {
  const service = await start(forms.service);
  const [asJob, bare] = [join(service.root, "work/job"), join(service.root, "work/bare")];
  for (const folder of [asJob, bare]) mkdirSync(folder);
  for (let round = -WARM_UP; round < rounds; round++) {
    const submittedMs = nowMs();
    const { job_id } = await post(service, "/executor/jobs", { task: "stamp", cwd: asJob });
    await fetch(`${service.url}/api/v1/executor/jobs/${job_id}?wait=30`, {
      headers: { authorization: `Bearer ${API_TOKEN}` },
    }).then((response) => response.text());
    const finalMs = nowMs();
    const job = lastStamp(asJob);

    const spawnedMs = nowMs();
    const child = Bun.spawn([PROGRAM, "--cd", bare], { stdin: new TextEncoder().encode("stamp"), stdout: "ignore" });
    await child.exited;
    const exitedMs = nowMs();
    const alone = lastStamp(bare);

    if (round < 0) continue;
    samples.add("submit to the program's first statement", job.beganMs - submittedMs);
    samples.add("bare spawn to the program's first statement", alone.beganMs - spawnedMs);
    samples.add("program's last statement to final", finalMs - job.endedMs);
    samples.add("program's last statement to exit, bare spawn", exitedMs - alone.endedMs);
  }
  await service.stop();
};
