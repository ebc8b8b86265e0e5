import type { Config } from "@/config.ts";
import { atMost, type Clock, toTimestamp } from "@/lib/clock.ts";
import { messageOf } from "@/lib/errors.ts";
import type { Logger } from "@/lib/logger.ts";
import { createStoreRetry } from "@/lib/retry.ts";
import type { Channel, Delivery } from "./channels/create.ts";
import type { Renderer } from "./render.ts";
import type { Destination, OutboxRepository, OutboxRow, Tried } from "./repository.ts";

const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 15 * 60_000;
/** How soon an outbox that cannot be read is read again. */
const RETRY_MS = 1000;
const HOUR_MS = 60 * 60_000;
const MAX_PER_HOUR = 20;
const STOP_DEADLINE_MS = 2000;
const CAP = "cap";

export interface SenderDeps {
  channels: readonly Channel[];
  repository: OutboxRepository;
  render: Renderer;
  config: Config["notify"];
  onTried: (channel: string, outcome: string) => void;
  clock: Clock;
  logger: Logger;
}

/** Sends the messages of the outbox, one at a time; each chat has its own order and backoff. */
export const createSender = ({ channels, repository, render, config, onTried, clock, logger }: SenderDeps) => {
  const stopping = new AbortController();
  const retryUntilStored = createStoreRetry({ clock, logger, signal: stopping.signal });
  /** The chats whose last attempt failed. */
  const backoffs = new Map<string, { failures: number; dueMs: number }>();
  /** When the rows that are held back are due. */
  let heldUntilMs = new Map<number, number>();
  /** When each channel has delivered in the last hour; read when it is first needed. */
  let deliveries: Map<string, number[]> | undefined;
  /** Refused for a setting, by position: they wait for a restart, or until their chat takes another message. */
  const refusedIn = new Map<number, string>();
  /** Of this process, since stored times cannot be compared once the clock was set back. */
  const lastTried = new Map<string, Tried>();
  let lastChannel = "";
  let sending: number | undefined;
  let isWorking = false;
  let work = Promise.resolve();
  let cancelTimer = () => {};

  const nowMs = clock.monotonicMs;
  /** A stored time on the monotonic clock; the wall clock may have jumped since. */
  const toMonotonic = (timestamp: string, least: number, most: number) =>
    nowMs() + Math.min(most, Math.max(least, Date.parse(timestamp) - clock.now().getTime()));

  const readDeliveries = () => {
    const read = new Map<string, number[]>(channels.map(({ name }) => [name, []]));
    const since = toTimestamp(new Date(clock.now().getTime() - HOUR_MS));
    for (const { channel, triedAt } of repository.deliveredSince(since)) {
      read.get(channel)?.push(toMonotonic(triedAt ?? "", -HOUR_MS, 0));
    }
    return read;
  };
  const inLastHour = (channel: string): number[] => {
    deliveries ??= readDeliveries();
    const recent = (deliveries.get(channel) ?? []).filter((at) => at > nowMs() - HOUR_MS);
    deliveries.set(channel, recent);
    return recent;
  };
  const isLastOfHour = (channel: string) => inLastHour(channel).length === MAX_PER_HOUR - 1;

  /** When this row may be sent; in the past if now. */
  const readyMs = (row: OutboxRow): number => {
    const sent = inLastHour(row.channel);
    const capMs = sent.length < MAX_PER_HOUR ? 0 : (sent.at(-MAX_PER_HOUR) ?? 0) + HOUR_MS;
    return Math.max(capMs, backoffs.get(chatOf(row))?.dueMs ?? 0, heldUntilMs.get(row.position) ?? 0);
  };

  /** The rows that may be sent. Removes a cap message that is no longer the last of its hour. */
  const waitingRows = (): OutboxRow[] => {
    const rows = repository.listWaiting().filter(({ channel }) => channels.some(({ name }) => name === channel));
    const isOutdated = ({ subject, channel }: OutboxRow) => subject === CAP && !isLastOfHour(channel);
    for (const { position } of rows.filter(isOutdated)) repository.remove(position);
    const left = rows.filter((row) => !isOutdated(row));
    heldUntilMs = new Map(
      left.map(({ position, dueAt }) => [
        position,
        heldUntilMs.get(position) ?? (dueAt === null ? 0 : toMonotonic(dueAt, 0, MAX_BACKOFF_MS)),
      ]),
    );
    for (const position of refusedIn.keys()) if (!heldUntilMs.has(position)) refusedIn.delete(position);
    const open = left.filter(({ position }) => !refusedIn.has(position));
    const chats = new Set(open.map(chatOf));
    for (const chat of backoffs.keys()) if (!chats.has(chat)) backoffs.delete(chat);
    return open;
  };

  /** The last one of an hour, which says that others come later. */
  const capRow = ({ channel, recipient }: Destination, waiting: number): OutboxRow | undefined => {
    const about = { channel, recipient, subject: CAP };
    const known = repository.waitingAbout(about);
    if (!known) repository.add({ ...about, ...render.capReached(toTimestamp(clock.now()), MAX_PER_HOUR, waiting) });
    return known ?? repository.waitingAbout(about);
  };

  /** The row to send, or after how long to look again; neither if nothing waits. */
  const next = (): { row?: OutboxRow | undefined; waitMs?: number } => {
    const rows = waitingRows();
    if (rows.length === 0) return {};
    const quietMs = minutesOfQuiet(config.quietHours, clock.now()) * 60_000;
    if (quietMs > 0) return { waitMs: Math.min(quietMs, MAX_BACKOFF_MS) };
    const due = rows.filter((row) => readyMs(row) <= nowMs());
    // Channels take turns: one that does not answer has many chats to wait for.
    const first = due.find(({ channel }) => channel !== lastChannel) ?? due[0];
    if (!first) return { waitMs: Math.min(...rows.map(readyMs)) - nowMs() };
    lastChannel = first.channel;
    const ofChat = due.filter((row) => chatOf(row) === chatOf(first));
    // The other side may refuse just this message, so after a failure the others have their turn.
    const row = (backoffs.has(chatOf(first)) && ofChat.sort((a, b) => a.attempts - b.attempts)[0]) || first;
    const ofChannel = rows.filter(({ channel }) => channel === row.channel).length;
    return { row: isLastOfHour(row.channel) ? capRow(row, ofChannel) : row };
  };

  const send = async (row: OutboxRow): Promise<Delivery> => {
    const channel = channels.find(({ name }) => name === row.channel);
    try {
      if (!channel) throw new Error(`there is no channel ${row.channel}`);
      return await channel.send(row, row.recipient ?? undefined);
    } catch (error) {
      logger.error({ err: error, channel: row.channel }, "a channel failed unexpectedly");
      return { kind: "failed", reason: "delivery.unavailable", detail: messageOf(error) };
    }
  };

  const release = (isTaken: (chat: string) => boolean) => {
    for (const [position, chat] of refusedIn) if (isTaken(chat)) refusedIn.delete(position);
  };

  const attempt = async (row: OutboxRow): Promise<void> => {
    sending = row.position;
    const delivery = await send(row);
    const { reason = null, detail = null } = delivery.kind === "delivered" ? {} : delivery;
    const isForSetting = delivery.kind === "refused" && delivery.reason !== "delivery.rejected";
    const state = delivery.kind === "failed" || isForSetting ? "waiting" : delivery.kind;
    const tried: Tried = { state, reason, detail, triedAt: toTimestamp(clock.now()) };
    // Also while stopping: what was sent and is not marked is sent again.
    await retryUntilStored("store that a message was sent", () => repository.noteTried(row.position, tried));
    sending = undefined;
    lastTried.set(row.channel, tried);
    onTried(row.channel, delivery.kind);
    const { failures = 0 } = backoffs.get(chatOf(row)) ?? {};
    backoffs.delete(chatOf(row));
    if (isForSetting) refusedIn.set(row.position, chatOf(row));
    if (delivery.kind === "delivered") {
      inLastHour(row.channel).push(nowMs());
      release((chat) => chat === chatOf(row));
    }
    if (state !== "waiting") return;
    const { retryAfterMs = 0 } = "retryAfterMs" in delivery ? delivery : {};
    const waitMs = Math.max(MIN_BACKOFF_MS * 2 ** failures, retryAfterMs);
    backoffs.set(chatOf(row), {
      failures: Math.min(failures + 1, 20),
      dueMs: nowMs() + Math.min(MAX_BACKOFF_MS, waitMs),
    });
  };

  /** Until nothing is due. */
  const sendDue = async (): Promise<void> => {
    let waitMs: number | undefined;
    try {
      for (let found = next(); ; found = next()) {
        waitMs = found.waitMs;
        if (!found.row || stopping.signal.aborted) break;
        await attempt(found.row);
      }
    } catch (err) {
      logger.error({ err }, "cannot read the outbox; retrying");
      waitMs = RETRY_MS;
    }
    isWorking = false;
    if (waitMs !== undefined && !stopping.signal.aborted) cancelTimer = clock.schedule(Math.max(1, waitMs), wake);
  };

  const wake = () => {
    if (isWorking || stopping.signal.aborted) return;
    cancelTimer();
    isWorking = true;
    work = sendDue();
  };

  return {
    wake,
    /** The result of a test message, which bypasses the outbox. */
    noteTest(channel: string, tried: Tried): void {
      lastTried.set(channel, tried);
      if (tried.state !== "delivered") return;
      release((chat) => channelOf(chat) === channel);
      wake();
    },
    isSending: (position: number): boolean => sending === position,
    lastTried: (channel: string): Tried | undefined => lastTried.get(channel) ?? repository.lastTried(channel),
    /** When a channel that failed is tried again; undefined if it is not known. */
    nextTryMs(channel: string): number | undefined {
      const due = [...backoffs].filter(([chat]) => channelOf(chat) === channel).map(([, { dueMs }]) => dueMs);
      return due.length === 0 ? undefined : Math.min(...due) - nowMs();
    },
    /** A message under way has two seconds; its row stays, so that the next process repeats it under the same id. */
    async stop(): Promise<void> {
      stopping.abort();
      cancelTimer();
      await atMost(clock, STOP_DEADLINE_MS, work);
    },
  };
};

const chatOf = ({ channel, recipient }: Destination): string => JSON.stringify([channel, recipient]);
const channelOf = (chat: string): string => JSON.parse(chat)[0];

const DAY_MINUTES = 24 * 60;

/** How long messages are still held back; 0 if they are not. */
export const minutesOfQuiet = (quiet: Config["notify"]["quietHours"], now: Date): number => {
  if (!quiet) return 0;
  const offset = quiet.offset ?? -now.getTimezoneOffset();
  const minute = modDay(Math.floor(now.getTime() / 60_000) + offset);
  const left = modDay(quiet.to - minute);
  return left > 0 && left <= modDay(quiet.to - quiet.from) ? left : 0;
};

const modDay = (minutes: number): number => ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
