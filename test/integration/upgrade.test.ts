import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { type ServiceChild, startChild, untilReady } from "@test/support/child.ts";
import { fixture } from "@test/support/fixtures.ts";
import { ensurePreviousRelease, hasPreviousRelease, PREVIOUS_RELEASE } from "@test/support/previous-release.ts";
import { parseResponse } from "hono/client";
import { createClient } from "@/routes/api/client.ts";

const THIS = resolve(import.meta.dir, "../..");
const INSTALL_TIMEOUT_MS = 120_000;
const LIFE_TIMEOUT_MS = 60_000;

/** One version's service on a data folder, spoken to as a client of this version does. */
const start = async (version: string, root: string) => {
  const argv = [process.execPath, "--no-env-file", join(version, "src/main.ts")];
  const child = startChild(argv, { root, cwd: version, env: { EXECUTOR_CODEX_BIN: fixture("bin/plain-echo") } });
  const page = new URL((await untilReady(child)).trimEnd().split("\n").at(-1) ?? "");
  const token = /^BACKEND_API_TOKEN=(.+)$/m.exec(readFileSync(join(root, ".env"), "utf8"))?.[1] ?? "";
  const client = createClient({ origin: page.origin, token });
  const jobs = client.executor.jobs;
  return {
    client,
    read: async (jobId: string) =>
      (await parseResponse(jobs[":jobId"].$get({ param: { jobId }, query: { wait: "30" } }))).job,
    submit: async (task: string) => (await parseResponse(jobs.$post({ json: { task, cwd: "/tmp" } }))).job_id,
    providers: async () =>
      (await parseResponse(client.models.$get({ query: {} }))).models.map((row) => row.provider_id),
    stop: () => stop(child),
  };
};

const stop = async (child: ServiceChild) => {
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
};

const isPossible = hasPreviousRelease();
const why = isPossible ? "" : " (left out: there is no git, or no git history to take it from)";

describe.skipIf(!isPossible)(`the previous release, ${PREVIOUS_RELEASE.slice(0, 7)}${why}`, () => {
  let previous: string;
  beforeAll(() => {
    previous = ensurePreviousRelease();
  }, INSTALL_TIMEOUT_MS);

  test(
    "opens what this one wrote, reads it and works on; and this one goes on from there",
    async () => {
      const root = newRoot();
      const before = await start(THIS, root);
      await parseResponse(
        before.client.models["import-astr"].$post({ json: { providers: [{ id: "a/b", model: "b" }] } }),
      );
      const first = await before.submit("written by the new one");
      expect(await before.read(first)).toMatchObject({ state: "succeeded" });
      await before.stop();

      const old = await start(previous, root);
      expect(await old.read(first)).toMatchObject({ state: "succeeded", result_text: "task: written by the new one" });
      expect(await old.providers()).toEqual(["a/b"]);
      const { state } = await parseResponse(old.client.status.$get());
      expect(state).toMatchObject({ worker: { running: true }, last_model_sync: { provider_count: 1 } });
      const second = await old.submit("written by the old one");
      expect(await old.read(second)).toMatchObject({ state: "succeeded", result_text: "task: written by the old one" });
      await old.stop();

      const after = await start(THIS, root);
      expect(await after.read(second)).toMatchObject({
        state: "succeeded",
        result_text: "task: written by the old one",
      });
      expect(await after.providers()).toEqual(["a/b"]);
      const third = await after.submit("and again");
      expect(await after.read(third)).toMatchObject({ state: "succeeded" });
      const listed = await parseResponse(after.client.executor.jobs.$get({ query: {} }));
      expect(listed.jobs.map((job) => job.job_id)).toEqual([third, second, first]);
      await after.stop();
    },
    LIFE_TIMEOUT_MS,
  );

  test(
    "leaves a file that this one upgrades in place, a copy of the old kept",
    async () => {
      const root = newRoot();
      const old = await start(previous, root);
      const first = await old.submit("before the upgrade");
      await old.read(first);
      await old.stop();

      const now = await start(THIS, root);
      expect(await now.read(first)).toMatchObject({ state: "succeeded", result_text: "task: before the upgrade" });
      await now.stop();
    },
    LIFE_TIMEOUT_MS,
  );
});
