/** `kill -9` around the messages: before and after the statements that write and mark them, and while one is received. */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isFinal, readDatabase } from "./evidence.ts";
import type { Random } from "./random.ts";
import { type CrashServer, startServer } from "./server.ts";

const PRELOAD = ["preload/die-at.ts"];
const JOBS_PER_LIFE = 2;
/** In one folder, so that fewer messages than an hour may have are sent. */
export const MOST_NEWS_KILLS = 6;
const POLL_MS = 5;
const DEADLINE_MS = 60_000;
const SHARE_OF_RECEIPTS = 0.25;
/** As the start of each life has others, and only these can lose or repeat a message. */
const AROUND_MESSAGES = /outbox|executor_jobs|^BEGIN|^COMMIT/i;

const Status = z.object({ state: z.object({ notify: z.array(z.object({ waiting: z.number() })) }) });
const Message = z.object({ data: z.object({ id: z.string(), job_id: z.string() }) });

interface NewsKillOptions {
  root: string;
  /** At most MOST_NEWS_KILLS. */
  kills: number;
  random: Random;
  report(what: string): void;
}

/** Drops repeated ids, as a receiver should. */
const createReceiver = () => {
  const seen = new Map<string, string>();
  let repeated = 0;
  let onReceipt: (() => Promise<void>) | undefined;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { data } = Message.parse(await request.json());
      if (request.headers.get("webhook-id") !== data.id) return new Response("", { status: 400 });
      if (seen.has(data.id)) repeated++;
      seen.set(data.id, data.job_id);
      await onReceipt?.();
      return new Response();
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/hook`,
    /** The job of every message that was not dropped. */
    jobs: () => [...seen.values()],
    repeated: () => repeated,
    onReceipt(listener: (() => Promise<void>) | undefined) {
      onReceipt = listener;
    },
    stop: () => server.stop(true),
  };
};

/** @returns how many kills there were, and how many messages came a second time and were dropped. */
export const killAroundNews = async ({ root, kills, random, report }: NewsKillOptions) => {
  const receiver = createReceiver();
  const list = join(root, "statements");
  const accepted = new Set<string>();
  let named = 0;
  const start = (env: Record<string, string> = {}) =>
    startServer({
      root,
      preload: PRELOAD,
      env: { NOTIFY_WEBHOOK_URL: receiver.url, EXECUTOR_RECHECK_SECONDS: "3600", ...env },
    });

  const submit = async (server: CrashServer) => {
    const name = `n${++named}`;
    const cwd = join(root, `work/${name}`);
    mkdirSync(cwd, { recursive: true });
    const answer = await server.request("/executor/jobs", { task: `${name} 0 plain`, cwd, notify: true });
    if (answer?.status === 200) accepted.add(z.object({ job_id: z.string() }).parse(answer.body).job_id);
  };
  const waiting = async (server: CrashServer): Promise<number> => {
    const answer = await server.request("/status");
    return answer?.status === 200 ? (Status.parse(answer.body).state.notify[0]?.waiting ?? 0) : -1;
  };
  /** Until every job has ended and every message is delivered, or the server is dead. */
  const untilQuiet = async (server: CrashServer) => {
    const deadline = performance.now() + DEADLINE_MS;
    while (!server.isDead() && performance.now() < deadline) {
      const isBusy = readDatabase(root)?.jobs.some((job) => !isFinal(job)) ?? true;
      if (!isBusy && (await waiting(server)) === 0) return;
      await Bun.sleep(POLL_MS);
    }
  };
  const live = async (server: CrashServer) => {
    if (!(await server.ready())) return;
    for (let job = 0; job < JOBS_PER_LIFE; job++) await submit(server);
    await untilQuiet(server);
    await server.stop();
  };

  await live(start());
  rmSync(list, { force: true });
  await live(start({ CRASH_STATEMENTS: list }));
  const statements = existsSync(list) ? readFileSync(list, "utf8").trimEnd().split("\n") : [];
  const numbers = statements.flatMap((sql, index) => (AROUND_MESSAGES.test(sql) ? [index + 1] : []));

  let killed = 0;
  for (let kill = 0; kill < kills; kill++) {
    const [number = 1] = random.sample(numbers, 1);
    const atReceipt = random.chance(SHARE_OF_RECEIPTS);
    const dieAt = atReceipt ? "" : `${number}:${random.pick(["before", "after"])}`;
    const server = start({ CRASH_DIE_AT: dieAt });
    receiver.onReceipt(atReceipt ? () => server.kill() : undefined);
    await live(server);
    await server.exited;
    receiver.onReceipt(undefined);
    if (server.wasKilled()) killed++;
  }
  await live(start());

  const told = Map.groupBy(receiver.jobs(), (job) => job);
  const jobs = readDatabase(root)?.jobs ?? [];
  for (const { jobId, state } of jobs) {
    const count = told.get(jobId)?.length ?? 0;
    if (count !== 1) report(`job ${jobId} (${state}) was told ${count} times`);
  }
  for (const jobId of accepted) if (!jobs.some((job) => job.jobId === jobId)) report(`job ${jobId} is gone`);
  await receiver.stop();
  return { killed, repeated: receiver.repeated(), jobs: jobs.length };
};
