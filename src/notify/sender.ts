import type { Config } from "@/config.ts";
import { atMost, type Clock, delay, toTimestamp } from "@/lib/clock.ts";
import { messageOf } from "@/lib/errors.ts";
import type { Logger } from "@/lib/logger.ts";
import type { Channel, Delivery, News } from "./news.ts";
import { minutesOfQuiet } from "./quiet-hours.ts";
import type { Renderer } from "./render.ts";
import type { Lane, OutboxRepository, OutboxRow } from "./repository.ts";

const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 15 * 60_000;
/** How soon a write that the database refused is repeated. */
const RETRY_MS = 1000;
const HOUR_MS = 60 * 60_000;
const MAX_PER_HOUR = 20;
const STOP_DEADLINE_MS = 2000;

type WaitingRow = ReturnType<OutboxRepository["listWaiting"]>[number];

interface SenderDeps {
  channels: readonly Channel[];
  repository: OutboxRepository;
  render: Pick<Renderer, "capReached">;
  quietHours: Config["notify"]["quietHours"];
  onTried: (channel: string, outcome: string) => void;
  clock: Clock;
  logger: Logger;
}

/**
 * Sends the messages of the outbox, one at a time. Each chat has its own backoff, so that one that does not answer
 * delays no other, and its own order.
 */
export const createSender = ({ channels, repository, render, quietHours, onTried, clock, logger }: SenderDeps) => {
  const stopping = new AbortController();
  const lanes = new Map<string, { failures: number; dueMs: number }>();
  /** Of rows that are held back. */
  const dueMs = new Map<number, number>();
  /** When each channel has delivered, in the last hour. */
  const delivered = new Map<string, number[]>(channels.map(({ name }) => [name, []]));
  let sending: number | undefined;
  let awake = false;
  let loop: Promise<void> | undefined;
  let cancelTimer = () => {};

  const nowMs = clock.monotonicMs;
  const wallNow = () => clock.now().getTime();
  /** A stored time on the monotonic clock; the wall clock may have jumped since. */
  const toMonotonic = (timestamp: string, least: number, most: number) =>
    nowMs() + Math.min(most, Math.max(least, Date.parse(timestamp) - wallNow()));

  for (const { channel, triedAt } of repository.deliveredSince(toTimestamp(new Date(wallNow() - HOUR_MS)))) {
    delivered.get(channel)?.push(toMonotonic(triedAt ?? "", -HOUR_MS, 0));
  }

  const nameOf = ({ channel, recipient }: Lane): string => JSON.stringify([channel, recipient]);
  const laneOf = (row: Lane) => {
    const name = nameOf(row);
    const lane = lanes.get(name) ?? { failures: 0, dueMs: 0 };
    lanes.set(name, lane);
    return lane;
  };
  const inLastHour = (channel: string) => {
    const recent = (delivered.get(channel) ?? []).filter((at) => at > nowMs() - HOUR_MS);
    delivered.set(channel, recent);
    return recent;
  };
  const rowDueMs = ({ position, dueAt }: WaitingRow): number => {
    if (dueAt === null) return 0;
    const due = dueMs.get(position) ?? toMonotonic(dueAt, 0, MAX_BACKOFF_MS);
    dueMs.set(position, due);
    return due;
  };

  /** A message that was sent and cannot be marked as such must not be sent again. */
  const untilStored = async (write: () => void): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        return write();
      } catch (err) {
        logger.error({ err }, "cannot store that a message was sent; retrying");
        await delay(clock, RETRY_MS, stopping.signal);
      }
    }
  };

  const send = async (row: OutboxRow): Promise<Delivery> => {
    const channel = channels.find(({ name }) => name === row.channel);
    const news: News = { ...row, id: row.deliveryId, kind: row.kind as News["kind"] };
    try {
      if (!channel) throw new Error(`there is no channel ${row.channel}`);
      return await channel.send(news, row.recipient ?? undefined);
    } catch (error) {
      logger.error({ err: error, channel: row.channel }, "a channel failed unexpectedly");
      return { kind: "failed", reason: "delivery.unavailable", detail: messageOf(error) };
    }
  };

  const attempt = async (position: number): Promise<boolean> => {
    const row = repository.find(position);
    if (row?.state !== "waiting") return true;
    sending = position;
    const delivery = await send(row);
    const { kind } = delivery;
    const why = kind === "delivered" ? { reason: null, detail: null } : delivery;
    const tried = { state: kind === "failed" ? ("waiting" as const) : kind, triedAt: toTimestamp(clock.now()) };
    await untilStored(() => repository.noteTried(position, { ...tried, reason: why.reason, detail: why.detail }));
    sending = undefined;
    if (stopping.signal.aborted) return false;
    onTried(row.channel, kind);
    const lane = laneOf(row);
    if (kind === "failed") {
      const backoffMs = Math.min(
        MAX_BACKOFF_MS,
        Math.max(MIN_BACKOFF_MS * 2 ** lane.failures, delivery.retryAfterMs ?? 0),
      );
      lane.failures = Math.min(lane.failures + 1, 20);
      lane.dueMs = nowMs() + backoffMs;
      return false;
    }
    if (kind === "delivered") {
      lanes.delete(nameOf(row));
      delivered.get(row.channel)?.push(nowMs());
    }
    dueMs.delete(position);
    return true;
  };

  /** The last one of an hour, which says that others come later. */
  const capRow = ({ channel, recipient }: WaitingRow): number => {
    const about = { channel, recipient, subject: "cap" };
    if (!repository.waitingAbout(about)) {
      const waiting = repository.listWaiting().filter((row) => row.channel === channel).length;
      repository.add({ ...about, ...render.capReached(toTimestamp(clock.now()), MAX_PER_HOUR, waiting) });
    }
    return repository.waitingAbout(about)?.position ?? 0;
  };

  /** When this row may be sent; in the past if now. */
  const readyMs = (row: WaitingRow): number => {
    const sent = inLastHour(row.channel);
    const capMs = sent.length < MAX_PER_HOUR ? 0 : (sent.at(-MAX_PER_HOUR) ?? 0) + HOUR_MS;
    return Math.max(laneOf(row).dueMs, rowDueMs(row), capMs);
  };

  /**
   * Tries a chat's messages in their order. After a failure one other is tried, about something else: it may be the
   * one message that the other side cannot take.
   */
  const workThroughLane = async (rows: WaitingRow[]): Promise<void> => {
    const failed = new Set<string>();
    let left = rows;
    for (let failures = 0; failures < 2 && !stopping.signal.aborted; ) {
      left = left.filter(({ subject }) => !failed.has(subject));
      const row = failures > 0 ? left.toSorted((a, b) => a.attempts - b.attempts)[0] : left[0];
      if (!row) return;
      const sent = inLastHour(row.channel).length;
      if (sent >= MAX_PER_HOUR) return;
      const succeeded = await attempt(sent === MAX_PER_HOUR - 1 ? capRow(row) : row.position);
      failures = succeeded ? 0 : failures + 1;
      if (!succeeded) failed.add(row.subject);
      left = left.filter((other) => other !== row);
    }
  };

  /** Until nothing is due. @returns how long to wait then; undefined if nothing waits. */
  const pass = async (): Promise<number | undefined> => {
    const quietMs = minutesOfQuiet(quietHours, clock.now()) * 60_000;
    const waiting = repository.listWaiting().filter(({ channel }) => delivered.has(channel));
    if (waiting.length === 0) return undefined;
    if (quietMs > 0) return Math.min(quietMs, MAX_BACKOFF_MS);
    const due = waiting.filter((row) => readyMs(row) <= nowMs());
    const byLane = Map.groupBy(due, nameOf);
    for (const rows of byLane.values()) await workThroughLane(rows);
    const left = repository.listWaiting().filter(({ channel }) => delivered.has(channel));
    return left.length === 0 ? undefined : Math.max(0, Math.min(...left.map(readyMs)) - nowMs());
  };

  const work = async () => {
    while (awake && !stopping.signal.aborted) {
      awake = false;
      const waitMs = await pass().catch((err) => {
        logger.error({ err }, "cannot read the outbox; retrying");
        return RETRY_MS;
      });
      if (waitMs !== undefined && !stopping.signal.aborted) cancelTimer = clock.schedule(Math.max(1, waitMs), wake);
    }
    loop = undefined;
  };

  const wake = () => {
    cancelTimer();
    awake = true;
    if (!stopping.signal.aborted) loop ??= work();
  };

  return {
    wake,
    isSending: (position: number): boolean => sending === position,
    /** When a channel that failed is tried again; undefined if it is not known. */
    nextTryMs(channel: string): number | undefined {
      const due = [...lanes].filter(([name, { failures }]) => failures > 0 && JSON.parse(name)[0] === channel);
      return due.length === 0 ? undefined : Math.min(...due.map(([, lane]) => lane.dueMs)) - nowMs();
    },
    /** A message under way has two seconds; its row stays, so that the next process repeats it under the same id. */
    async stop(): Promise<void> {
      stopping.abort();
      cancelTimer();
      await atMost(clock, STOP_DEADLINE_MS, loop ?? Promise.resolve());
    },
  };
};

export type Sender = ReturnType<typeof createSender>;
