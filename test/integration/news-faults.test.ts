import { Database } from "bun:sqlite";
import { expect, spyOn, test } from "bun:test";
import { readJson } from "@test/support/app.ts";
import { createNewsBench, down, MINUTE_MS, refused, settle, well } from "@test/support/news-bench.ts";
import { createMemoryGate } from "@/gates/memory.ts";
import type { Observation } from "@/status/diagnose.ts";

const HOUR_MS = 60 * MINUTE_MS;
const hook = { NOTIFY_WEBHOOK_URL: "http://hook.example/x" };
const broken: Observation = {
  subject: "database",
  problem: { kind: "database_failing", severity: "fault", values: {} },
};
const audit: Observation = {
  subject: "audit",
  problem: { kind: "audit_failing", severity: "warning", values: { failures: 1, error: "x" } },
};

const open = (path: string) => new Database(path);
const rowsIn = (path: string, sql: string) => {
  const file = open(path);
  const rows = file.query<Record<string, unknown>, []>(sql).all();
  file.close();
  return rows;
};

test("a message that is answered during a stop is not sent by the next process", async () => {
  const first = await createNewsBench();
  const answered = Promise.withResolvers<Response>();
  let asked = false;
  first.astrbot.answer(() => {
    asked = true;
    return answered.promise;
  });
  await first.look(refused);
  await first.look(refused);
  await settle(() => asked);
  const stopped = first.stop();
  await settle(() => false);
  answered.resolve(Response.json({ status: "ok", message: null, data: {} }));
  await stopped;

  expect(rowsIn(first.config.dbPath, "SELECT state FROM outbox")).toEqual([{ state: "delivered" }]);
});

test("a database that another program has locked delays what a look found, and counts no look twice", async () => {
  const { notifier, clock, config, astrbot, look } = await createNewsBench();
  await look(refused);
  const other = open(config.dbPath);
  other.run("BEGIN IMMEDIATE");
  const looked = notifier.observe([refused, audit]);
  await clock.advance(1000);
  other.run("ROLLBACK");
  other.close();
  await clock.advance(1000);
  await looked;

  expect(rowsIn(config.dbPath, "SELECT subject FROM outbox")).toEqual([{ subject: "gateway" }]);
  await clock.advance(10 * MINUTE_MS);
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent).toHaveLength(1);
});

test("a problem that cannot be stored is one message of its own, and its end another", async () => {
  const { config, astrbot, look } = await createNewsBench();
  const other = open(config.dbPath);
  other.run("BEGIN IMMEDIATE");
  for (let times = 0; times < 5; times++) await look(broken);
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent.map(({ text }) => text.split("\n")[0])).toEqual([expect.stringMatching(/^Fault: .*database/i)]);

  other.run("ROLLBACK");
  other.close();
  for (let times = 0; times < 4; times++) await look({ subject: "database", problem: undefined });
  await settle(() => astrbot.sent.length > 1);
  expect(astrbot.sent.map(({ text }) => text.split(":")[0])).toEqual(["Fault", "Resolved"]);
});

test("an outbox that could not be read is read again", async () => {
  const { config, astrbot, look, clock } = await createNewsBench();
  await look(refused);
  await look(refused);
  const other = open(config.dbPath);
  other.run("ALTER TABLE outbox RENAME TO gone");
  await clock.advance(MINUTE_MS);
  other.run("ALTER TABLE gone RENAME TO outbox");
  other.close();
  await clock.advance(MINUTE_MS);
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent).toHaveLength(1);
});

test("two looks in a row find a problem; a look that cannot judge it begins anew", async () => {
  const { look, notifier } = await createNewsBench();
  for (const found of [[refused], [], [refused], [], []]) await look(...found);
  expect(notifier.view()).toMatchObject([{ waiting: 0, last_try_at: null }]);
});

test("with a look each minute a problem is told after two, and flapping folded for ten minutes", async () => {
  const { lookEachMinute, astrbot } = await createNewsBench({ env: { WATCH_SECONDS: "60" } });
  await lookEachMinute(refused, refused);
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent).toHaveLength(1);
  await lookEachMinute(well, well, refused, refused, well, well);
  expect(astrbot.sent).toHaveLength(1);
  await lookEachMinute(...Array.from({ length: 10 }, () => well));
  await settle(() => astrbot.sent.length > 1);
  expect(astrbot.sent.map(({ text }) => text.split(":")[0])).toEqual(["Fault", "Resolved"]);
});

test("with few looks a second one follows soon after one that found a change", async () => {
  const bench = await createNewsBench({ env: { WATCH_SECONDS: "86400" }, random: () => 0.5 });
  const looks = spyOn(bench.notifier, "observe");
  await bench.container.start();
  // The first look comes five minutes after a start, the gateway being unreachable.
  for (let minute = 0; minute < 20; minute++) {
    await bench.clock.advance(MINUTE_MS);
    await settle(() => false);
  }
  expect(looks).toHaveBeenCalledTimes(2);
  expect(bench.astrbot.sent.length).toBeGreaterThan(0);
});

test("a message that has waited for a day is given up, told by the metrics", async () => {
  const { look, astrbot, clock, notifier, config, container } = await createNewsBench();
  astrbot.answer(down);
  for (let times = 0; times < 3; times++) await look(refused);
  notifier.sweep(new Date(clock.now().getTime() + 23 * HOUR_MS));
  expect(notifier.view()).toMatchObject([{ waiting: 1 }]);
  notifier.sweep(new Date(clock.now().getTime() + 25 * HOUR_MS));

  expect(rowsIn(config.dbPath, "SELECT state FROM outbox WHERE subject = 'gateway'")).toEqual([{ state: "expired" }]);
  const attempts = container.metrics.recorder.families().find(({ name }) => name.includes("notify_attempts"));
  expect(attempts?.samples).toContainEqual({ labels: { channel: "astrbot", outcome: "expired" }, value: 1 });
});

test("no more than 500 messages wait, and delivered ones go after a week", async () => {
  const { config, notifier, clock } = await createNewsBench({ env: { NOTIFY_QUIET_HOURS: "00:00-23:59+00:00" } });
  const add = (state: string, count: number, agedFrom: string | null) => {
    const file = open(config.dbPath);
    const insert = file.query(
      "INSERT INTO outbox (delivery_id, channel, subject, kind, at, lines, data, state, aged_from) VALUES ('x', 'astrbot', 's', 'problem', ?, '[]', '{}', ?, ?)",
    );
    file.transaction(() => {
      for (let row = 0; row < count; row++) insert.run("2026-03-01T00:00:00Z", state, agedFrom);
    })();
    file.close();
  };
  add("waiting", 510, "2026-03-01T00:00:00Z");
  add("waiting", 1, null);
  add("delivered", 10, "2026-02-20T00:00:00Z");
  add("delivered", 3, null);
  notifier.sweep(clock.now());
  const count = (state: string) => rowsIn(config.dbPath, `SELECT 1 FROM outbox WHERE state = '${state}'`).length;
  expect([count("waiting"), count("delivered"), count("expired")]).toEqual([500, 3, 11]);

  const dayLater = new Date(clock.now().getTime() + 25 * HOUR_MS);
  notifier.sweep(dayLater);
  expect(count("waiting")).toBe(0);
});

test("a chat that never answers delays no other channel", async () => {
  const bench = await createNewsBench({ env: { ...hook, EXECUTOR_NOTIFY_AFTER_SECONDS: "0" } });
  const { astrbot, submit, untilEnded, look, clock, stop } = bench;
  astrbot.answer(() => new Promise<Response>(() => {}));
  let last = "";
  for (let chat = 0; chat < 12; chat++) last = await submit({ task: "x", notify: { umo: `qq:GroupMessage:${chat}` } });
  await untilEnded(last);
  await look(refused);
  await look(refused);
  expect(astrbot.hooked).toEqual(["problem"]);
  const stopped = stop();
  await clock.advance(MINUTE_MS);
  await stopped;
});

test("the last message of an hour is not sent in a later one", async () => {
  const { submit, untilEnded, astrbot, clock } = await createNewsBench();
  // The twentieth fails until the hour is over.
  astrbot.answer(() =>
    astrbot.sent.length === 19 ? down() : Response.json({ status: "ok", message: null, data: {} }),
  );
  let last = "";
  for (let index = 0; index < 25; index++) last = await submit({ task: `t${index}`, notify: true });
  await untilEnded(last);
  await settle(() => astrbot.sent.length === 19);
  await clock.advance(59 * MINUTE_MS);
  expect(astrbot.sent).toHaveLength(19);
  astrbot.answer();
  await clock.advance(30 * MINUTE_MS);
  expect(astrbot.sent.filter(({ text }) => text.includes("messages in one hour"))).toEqual([]);
  expect(astrbot.sent).toHaveLength(25);
});

test("what failed last is shown though the clock was set back since", async () => {
  const { submit, untilEnded, astrbot, clock, notifier } = await createNewsBench();
  astrbot.answer(() => Response.json({ status: "error", message: "no" }, { status: 400 }));
  await untilEnded(await submit({ task: "a", notify: true }));
  await settle(() => notifier.view()[0]?.reason !== "");
  expect(notifier.view()[0]?.reason).not.toBe("");
  clock.jump(-24 * HOUR_MS);
  astrbot.answer();
  await untilEnded(await submit({ task: "b", notify: true }));
  await settle(() => astrbot.sent.length > 0);
  expect(notifier.view()).toMatchObject([{ reason: "", last_try_at: "2026-02-28T00:00:00Z" }]);
});

test("a clock that is set back delays no message by more than its wait", async () => {
  const { look, astrbot, clock } = await createNewsBench();
  await look(refused);
  clock.jump(-48 * HOUR_MS);
  await look(refused);
  clock.jump(-48 * HOUR_MS);
  await look(refused);
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent).toHaveLength(1);
});

test("quiet hours that begin while messages are sent hold the rest back", async () => {
  const { submit, untilEnded, astrbot, clock, stop } = await createNewsBench({
    env: { NOTIFY_QUIET_HOURS: "00:02-08:00+00:00" },
  });
  astrbot.answer(() => new Promise<Response>(() => {}));
  const jobs = [];
  for (let job = 0; job < 20; job++) jobs.push(await submit({ task: "x", notify: { umo: `qq:GroupMessage:${job}` } }));
  await untilEnded(jobs.at(-1) ?? "");
  let asked = 0;
  astrbot.answer(() => {
    asked++;
    return new Promise<Response>(() => {});
  });
  await clock.advance(2 * MINUTE_MS);
  const before = asked;
  await clock.advance(10 * MINUTE_MS);
  expect(asked - before).toBeLessThanOrEqual(1);
  await stop();
});

test("a memory gate that allows no writes keeps no message back", async () => {
  const { look, astrbot } = await createNewsBench({ memoryGate: createMemoryGate(() => 100 * 1024) });
  const problem = { kind: "memory_read_only", severity: "fault", values: { available: 100, limit: 350 } } as const;
  for (let times = 0; times < 3; times++) await look({ subject: "memory", problem });
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent).toHaveLength(1);
});

test("six lines at most, and no secret, whatever others have written", async () => {
  const { submit, untilEnded, astrbot, look } = await createNewsBench({ env: { NOTIFY_RESULT: "on" } });
  const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyzA";
  const nasty = `a\nb\r\n\u2028c\u2029\u0085d ${secret}\v\f`;
  const problem = { kind: "backup_failing", severity: "warning", values: { error: nasty.repeat(50) } } as const;
  for (let times = 0; times < 3; times++) await look({ subject: "backup", problem });
  await untilEnded(await submit({ task: nasty, notify: true }));
  await untilEnded(await submit({ task: `${"x".repeat(500)}\u2028${nasty}`, notify: true }));
  await settle(() => astrbot.sent.length === 3);
  expect(astrbot.sent).toHaveLength(3);
  for (const { text } of astrbot.sent) {
    expect(text.split(/[\n\r\u2028\u2029\u0085\v\f]/).length).toBeLessThanOrEqual(6);
    expect(text).not.toContain(secret);
  }
});

test("a page's address stands in a message only if it is known", async () => {
  const { submit, untilEnded, astrbot } = await createNewsBench({ env: { BACKEND_PUBLIC_URL: "" } });
  await untilEnded(await submit({ task: "x", notify: true }));
  await settle(() => astrbot.sent.length > 0);
  expect(astrbot.sent[0]?.text).not.toMatch(/https?:|\/web\//);
});

test.each<[string, unknown, number]>([
  ["500 characters", { umo: "x".repeat(500) }, 200],
  ["501 characters", { umo: "x".repeat(501) }, 422],
  ["no character", { umo: " " }, 422],
  ["a line break", { umo: "qq:GroupMessage:1\n2" }, 422],
  ["an escape", { umo: "qq:\u001b[2J:1" }, 422],
  ["a turn of direction", { umo: "qq:\u202e:1" }, 422],
  ["null", null, 422],
  ["another word", "later", 422],
])("notify with %s", async (_name, notify, status) => {
  const { api } = await createNewsBench();
  expect((await api("/executor/jobs", { task: "x", cwd: "/tmp", notify })).status).toBe(status);
});

test("a job is told once: canceled in the queue, submitted twice with one key, and not by its repetition", async () => {
  const { api, astrbot, untilEnded } = await createNewsBench();
  const submit = async (key: string) => {
    const init = { headers: { "Idempotency-Key": key } };
    const body = { task: "x", cwd: "/tmp", notify: true };
    return (await readJson(await api("/executor/jobs", body, init))).job_id as string;
  };
  const [one, same] = [await submit("k1"), await submit("k1")];
  expect(same).toBe(one);
  const canceled = await submit("k2");
  await api(`/executor/jobs/${canceled}/cancel`, {});
  await untilEnded(one);
  await untilEnded(canceled);
  await settle(() => astrbot.sent.length === 2);
  await api(`/executor/jobs/${canceled}/cancel`, {});
  await settle(() => astrbot.sent.length > 2);
  expect(astrbot.sent).toHaveLength(2);
});

test("every job that ran for longer than EXECUTOR_NOTIFY_AFTER_SECONDS is told, each chat once", async () => {
  const { astrbot, container } = await createNewsBench({ env: { EXECUTOR_NOTIFY_AFTER_SECONDS: "60" } });
  const row = {
    jobId: "0123456789abcdef",
    state: "succeeded",
    task: "long",
    startedAt: "2026-03-01T00:00:00Z",
    finishedAt: "2026-03-01T00:02:00Z",
    notify: null,
    retryAt: null,
    errorCode: "",
    error: "",
  };
  type Row = Parameters<typeof container.notifier.noteJobEnd>[0];
  const end = (changes: object) => container.notifier.noteJobEnd({ ...row, durationMs: 60_000, ...changes } as Row);
  end({});
  end({ durationMs: 59_999 });
  end({ durationMs: null });
  end({ durationMs: null, startedAt: null });
  end({ notify: "" });
  end({ notify: "qq:GroupMessage:1" });
  await settle(() => astrbot.sent.length === 5);
  const home = "webchat:FriendMessage:home";
  expect(astrbot.sent.map(({ umo }) => umo).sort()).toEqual(["qq:GroupMessage:1", home, home, home, home]);
});
