import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createTestApp, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";

const started = async () => {
  const app = createTestApp({ env: { EXECUTOR_CODEX_BIN: fixture("bin/codex-stream") } });
  await app.container.start();
  return app;
};

/** Plays a recorded stream, and returns what each reader of it sees. */
const play = async (name: string, exitCode: number) => {
  const app = await started();
  const id = await app.submit({ task: `field/${name} ${exitCode}` });
  const job = await app.untilEnded(id);
  const cookie = await app.logIn();
  const textAt = async (path: string, language: string) =>
    (await app.request(path, { headers: { cookie, accept: "text/html", "accept-language": language } })).text();
  const inBoth = async (path: string) => [await textAt(path, "zh-CN"), await textAt(path, "en")];
  return {
    job,
    log: await (await app.api(`/executor/jobs/${id}/log`)).text(),
    events: await (await app.api(`/executor/jobs/${id}/events`)).text(),
    pages: await inBoth(`/web/jobs/${id}`),
    status: await readJson(await app.api("/status")),
  };
};

const fieldCases: Record<string, { exit_code: number; error_code: string }> = JSON.parse(
  readFileSync(fixture("codex/field/expect.json"), "utf8"),
);
const sentenceIn = (name: string): string => {
  const lines = readFileSync(fixture(`codex/field/${name}.jsonl`), "utf8")
    .trimEnd()
    .split("\n");
  const last = JSON.parse(lines.at(-1) ?? "{}");
  return last.type === "turn.failed" ? last.error.message : "";
};

describe("a stream of Codex 0.171", () => {
  test.each(Object.entries(fieldCases))("%s", async (name, { exit_code, error_code }) => {
    const { job, log, events, pages } = await play(name, exit_code);
    expect([job.state, job.error_code]).toEqual([error_code === "" ? "succeeded" : "failed", error_code]);
    const sentence = sentenceIn(name);
    expect(job.error).toContain(sentence);
    for (const text of [log, events, ...pages.map(Bun.escapeHTML)]) expect(text.length).toBeGreaterThan(0);
    expect(log).toContain(sentence);
  });
});
