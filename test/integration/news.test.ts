import { expect, test } from "bun:test";
import { createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { createNewsBench, down, MINUTE_MS, refused, settle, well } from "@test/support/news-bench.ts";
import { createTestClock } from "@test/support/test-clock.ts";

test("a problem that two looks have found is one message, its end another", async () => {
  const { look, astrbot, notifier } = await createNewsBench();
  await look(refused);
  expect(notifier.view()).toMatchObject([{ channel: "astrbot", waiting: 0 }]);
  await look(refused);
  await settle(() => astrbot.sent.length > 0);
  await look(refused);
  expect(astrbot.sent).toHaveLength(1);
  expect(astrbot.sent[0]?.umo).toBe("webchat:FriendMessage:home");
  const lines = astrbot.sent[0]?.text.split("\n") ?? [];
  expect(lines.length).toBeLessThanOrEqual(6);
  expect(lines[0]).toMatch(/^Fault: /);
  expect(lines[1]).toBe("Since: 2026-03-01 00:00:00 UTC");
  expect(lines.at(-1)).toBe("https://bot.example/x/web/status");

  await look(well);
  expect(astrbot.sent).toHaveLength(1);
  await look(well);
  await look(well);
  expect(astrbot.sent).toHaveLength(2);
  expect(astrbot.sent[1]?.text).toContain("Resolved: ");
  expect(astrbot.sent[1]?.text).toContain("2026-03-01 00:00:00 UTC to 2026-03-01 00:15:00 UTC");
});

test("a problem that comes and goes within ten minutes, however often, is one message", async () => {
  const { notifier, clock, astrbot } = await createNewsBench();
  for (let round = 0; round < 4; round++) {
    for (const found of [refused, refused, well, well]) {
      notifier.observe([found]);
      await clock.advance(30_000);
    }
  }
  await clock.advance(10 * MINUTE_MS);
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent).toHaveLength(1);
  expect(astrbot.sent[0]?.text).toContain("2026-03-01 00:00:00 UTC to 2026-03-01 00:07:00 UTC");
});

test("a single look is no news, nor is one that finds the end", async () => {
  const { look, astrbot, notifier } = await createNewsBench();
  for (const found of [refused, well, refused, well]) await look(found);
  expect(notifier.view()[0]?.waiting).toBe(0);
  for (const found of [refused, refused, refused, well, refused, well, refused]) await look(found);
  expect(astrbot.sent).toHaveLength(1);
});

test("a job's end goes to the chat that the job names", async () => {
  const { submit, untilEnded, astrbot, job } = await createNewsBench();
  const here = await submit({ task: "first line\nsecond", notify: true });
  const there = await submit({ task: "other", notify: { umo: "qq:GroupMessage:1" } });
  const silent = await submit({ task: "nobody" });
  await untilEnded(silent);
  await settle(() => astrbot.sent.length === 2);
  expect(astrbot.sent.map(({ umo }) => umo)).toEqual(["webchat:FriendMessage:home", "qq:GroupMessage:1"]);
  expect(astrbot.sent[0]?.text.split("\n")[0]).toBe("Succeeded job: first line");
  expect(astrbot.sent[0]?.text).not.toContain("second");
  expect(astrbot.sent[0]?.text).toContain(`/web/jobs/${here}`);
  expect((await job(here)).notify).toBe(true);
  expect((await job(there)).notify).toEqual({ umo: "qq:GroupMessage:1" });
  expect((await job(silent)).notify).toBeNull();
});

test("a result is sent only if it is wanted, and then its first 300 characters", async () => {
  for (const [NOTIFY_RESULT, expected] of [
    ["off", 0],
    ["on", 300],
  ] as const) {
    const { submit, untilEnded, astrbot } = await createNewsBench({ env: { NOTIFY_RESULT } });
    await untilEnded(await submit({ task: "Ω".repeat(5000), notify: true }));
    await settle(() => astrbot.sent.length === 1);
    const [, ...rest] = astrbot.sent[0]?.text.split("\n") ?? [];
    expect((rest.join("").match(/Ω/g) ?? []).length).toBeLessThanOrEqual(expected);
    expect(rest.join("").includes("Ω")).toBe(expected > 0);
  }
});

test("a failing delivery is repeated under the same id after growing waits, and shown", async () => {
  const { look, astrbot, clock, notifier, api } = await createNewsBench();
  let attempts = 0;
  astrbot.answer(() => {
    attempts++;
    return new Response("down", { status: 503 });
  });
  await look(refused);
  await look(refused);
  await settle(() => attempts > 0);
  expect(attempts).toBeGreaterThan(0);
  const { state } = await readJson(await api("/status"));
  expect(state.notify).toMatchObject([{ channel: "astrbot", waiting: 1, reason: "unavailable" }]);
  expect(Date.parse(state.notify[0].next_try_at)).toBeGreaterThan(clock.now().getTime());
  await clock.advance(60 * MINUTE_MS);
  const before = attempts;
  await clock.advance(60 * MINUTE_MS);
  expect(attempts - before).toBe(4);
  astrbot.answer();
  await clock.advance(15 * MINUTE_MS);
  expect(astrbot.sent).toHaveLength(1);
  expect(notifier.view()[0]?.reason).toBe("");
});

test("quiet hours hold a message back, and what is over by then is one message", async () => {
  const { look, astrbot, clock } = await createNewsBench({ env: { NOTIFY_QUIET_HOURS: "23:00-08:00+00:00" } });
  for (const found of [refused, refused, refused, well, well, well]) await look(found);
  expect(astrbot.sent).toEqual([]);
  await clock.advance(8 * 60 * MINUTE_MS);
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent).toHaveLength(1);
  expect(astrbot.sent[0]?.text).toContain("Resolved: ");
});

test("at most 20 an hour arrive, and the last one says so", async () => {
  const { submit, untilEnded, astrbot, clock } = await createNewsBench();
  let last = "";
  for (let index = 0; index < 30; index++) last = await submit({ task: `t${index}`, notify: true });
  await untilEnded(last);
  await settle(() => astrbot.sent.length >= 20);
  await clock.advance(MINUTE_MS);
  expect(astrbot.sent).toHaveLength(20);
  expect(astrbot.sent[19]?.text).toStartWith("20 messages in one hour");
  await clock.advance(60 * MINUTE_MS);
  expect(astrbot.sent).toHaveLength(31);
});

test("a quota that stops the queue is one message, however many trials fail, and its end another", async () => {
  const bench = await createNewsBench({
    env: { EXECUTOR_CODEX_BIN: fixture("bin/codex-stream"), EXECUTOR_QUOTA_RETRY_SECONDS: "60" },
  });
  const { submit, untilEnded, astrbot, clock, look, container } = bench;
  const { signal } = new AbortController();
  await untilEnded(await submit({ task: "model-usage-limit 1" }));
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent[0]?.text).toContain("Codex quota exhausted");
  const codexNow = async () => (await container.status.look(signal)).filter(({ subject }) => subject === "codex");
  for (let count = 0; count < 3; count++) await look(...(await codexNow()));
  const trial = await submit({ task: "model-usage-limit 1" });
  await clock.advance(24 * 60 * MINUTE_MS);
  await untilEnded(trial);
  const good = await submit({ task: "codex-0.169.0-simple" });
  await clock.advance(24 * 60 * MINUTE_MS);
  await untilEnded(good);
  await settle(() => astrbot.sent.length > 1);
  expect(astrbot.sent).toHaveLength(2);
  expect(astrbot.sent[1]?.text).toContain("The job queue has resumed");
});

test("what a process has not sent the next one sends", async () => {
  const root = newRoot();
  const first = await createNewsBench({ root });
  first.astrbot.answer(down);
  await first.look(refused);
  await first.look(refused);
  await settle(() => first.notifier.view()[0]?.reason !== "");
  await first.stop();
  const second = await createNewsBench({ root });
  // The clock of the new process is ten minutes behind.
  await second.clock.advance(10 * MINUTE_MS);
  await settle(() => second.astrbot.sent.length > 0);
  expect(second.astrbot.sent).toHaveLength(1);
  await second.look(well);
  await second.look(well);
  await settle(() => second.astrbot.sent.length > 1);
  expect(second.astrbot.sent).toHaveLength(2);
});

test("without a channel nothing is stored and nothing waits", async () => {
  const clock = createTestClock();
  const app = createTestApp({ clock });
  const timers = clock.pendingTimers();
  app.container.notifier.observe([refused]);
  app.container.notifier.observe([refused]);
  app.container.notifier.sweep(clock.now());
  expect(app.container.notifier.view()).toEqual([]);
  expect(clock.pendingTimers()).toBe(timers);
});
