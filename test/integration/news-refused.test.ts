import { expect, test } from "bun:test";
import { readJson } from "@test/support/app.ts";
import { createNewsBench, MINUTE_MS, refused, settle } from "@test/support/news-bench.ts";
import type { Observation } from "@/status/diagnose.ts";

const error = (status: number, message: string) => () => Response.json({ status: "error", message }, { status });
const wrongKey = error(401, "Invalid API key");
const codex: Observation = { subject: "codex", problem: { kind: "codex_missing", severity: "fault", values: {} } };
const audit: Observation = {
  subject: "audit",
  problem: { kind: "audit_failing", severity: "warning", values: { failures: 1, error: "full" } },
};

type Bench = Awaited<ReturnType<typeof createNewsBench>>;
const shown = async ({ api }: Bench) => (await readJson(await api("/status"))).state.notify[0];

/** Counts the attempts that are refused. */
const refuse = ({ astrbot }: Bench, answer = wrongKey) => {
  const tries: string[] = [];
  astrbot.answer((umo) => {
    tries.push(umo);
    return answer();
  });
  return tries;
};

test("what a setting's fault has refused is not repeated, and sent by the process that has the correction", async () => {
  const first = await createNewsBench();
  const tries = refuse(first);
  await first.look(refused);
  await first.look(refused);
  await settle(() => tries.length > 0);
  await first.clock.advance(20 * 60 * MINUTE_MS);
  expect(tries).toHaveLength(1);
  expect(await shown(first)).toMatchObject({ waiting: 1, reason: "astrbot_key_wrong", next_try_at: null });
  await first.container.stop();

  const second = await createNewsBench({ root: first.root, clock: first.clock });
  await settle(() => second.astrbot.sent.length > 0);

  expect(second.astrbot.sent.map(({ text }) => text)).toEqual([expect.stringContaining("not running")]);
  expect(await shown(second)).toMatchObject({ waiting: 0, reason: "" });
});

test("a test that is delivered sends what was held back", async () => {
  const bench = await createNewsBench();
  const tries = refuse(bench);
  await bench.look(refused);
  await bench.look(refused);
  await settle(() => tries.length > 0);
  await bench.browserPost("/web/notify/test");
  expect([tries.length, bench.astrbot.sent.length]).toEqual([2, 0]);

  bench.astrbot.answer();
  await bench.browserPost("/web/notify/test");
  await settle(() => bench.astrbot.sent.length > 1);

  const [test, problem] = bench.astrbot.sent.map(({ text }) => text);
  expect(test).toContain("test message");
  expect(problem).toContain("not running");
  expect(await shown(bench)).toMatchObject({ waiting: 0, reason: "" });
});

test("a new message is tried once, and if it is taken, so are those before it", async () => {
  const bench = await createNewsBench();
  const tries = refuse(bench);
  await bench.look(refused);
  await bench.look(refused);
  await settle(() => tries.length > 0);

  bench.astrbot.answer();
  await bench.look(refused, codex);
  await bench.look(refused, codex);
  await settle(() => bench.astrbot.sent.length > 1);

  expect(tries).toHaveLength(1);
  expect(bench.astrbot.sent).toHaveLength(2);
});

test("a message that is refused for what it says is given up", async () => {
  const bench = await createNewsBench();
  const tries = refuse(bench, error(400, "Message content is empty"));
  await bench.look(refused);
  await bench.look(refused);
  await settle(() => tries.length > 0);

  expect(await shown(bench)).toMatchObject({ waiting: 0, reason: "rejected" });
});

test("one message that is refused again and again keeps no other back", async () => {
  const bench = await createNewsBench();
  const tries: number[] = [];
  const taken = () => Response.json({ status: "ok", message: null, data: {} });
  const blocked = () => new Response("<html>blocked</html>", { status: 403 });
  const answers = [blocked, taken, blocked, taken, blocked];
  bench.astrbot.answer(() => (answers[tries.push(0) - 1] ?? blocked)());
  await bench.look(refused);
  await bench.look(refused);
  await settle(() => tries.length > 0);
  await bench.look(refused, codex, audit);
  await bench.look(refused, codex, audit);
  await settle(() => bench.astrbot.sent.length > 0);
  await bench.clock.advance(60 * MINUTE_MS);

  expect(bench.astrbot.sent).toHaveLength(2);
  expect(await shown(bench)).toMatchObject({ waiting: 1, next_try_at: null });
  expect(tries).toHaveLength(5);
});
