import { type JobRow, saidIn } from "@/jobs/state.ts";
import { toTimestamp } from "@/lib/clock.ts";
import type { RetryWhileLocked } from "@/lib/retry.ts";
import { formatTimestamp } from "@/locales/format.ts";
import type { Observation, Problem } from "@/status/diagnose.ts";
import type { Channel } from "./channels/create.ts";
import type { Destination, Message, OpenProblem, OpenProblems } from "./repository.ts";
import { createSender, minutesOfQuiet, type SenderDeps } from "./sender.ts";
import type { NotifyView } from "./view.ts";

/** A problem that ends within this time makes one message. */
const FOLD_MS = 10 * 60_000;

/** 0 for none. */
const rankOf = (severity = ""): number => ["notice", "warning", "fault"].indexOf(severity) + 1;

interface NotifierDeps extends SenderDeps {
  /** 0 if there are no looks. */
  watchMs: number;
  retryWhileLocked: RetryWhileLocked;
}

/** Turns what happens into messages, which are stored with it and sent later. Does nothing while no channel is configured. */
export const createNotifier = (deps: NotifierDeps) => {
  const { config, channels, repository, render, retryWhileLocked, onTried, clock, logger } = deps;
  const sender = createSender(deps);
  /** How long a problem waits for its end. */
  const holdMs = Math.min(FOLD_MS, 2 * deps.watchMs);
  /** What the last look was the first to find: a problem, or its end. */
  let firstFinds = new Map<string, { isWrong: boolean; at: string; ms: number }>();
  /** Problems that were announced while the database could not be written. */
  let unsaved: OpenProblems = {};

  const general: Destination[] = channels
    .filter(({ name }) => name !== "astrbot" || config.astrbot.umo !== "")
    .map(({ name }) => ({ channel: name, recipient: null }));
  /** For a job that names a chat; without AstrBot, the configured channels. */
  const destinationsOf = (umo: string): Destination[] => {
    if (umo === "" || umo === config.astrbot.umo || config.astrbot.key === "") return general;
    return [{ channel: "astrbot", recipient: umo }];
  };
  const afterMs = (waitMs: number): string => toTimestamp(new Date(clock.now().getTime() + waitMs));

  /**
   * Stores a message for every destination. One about the same subject that still waits is outdated: it is replaced, or
   * removed if there is no new one.
   * @param toMessage gets the `since` of the waiting message.
   */
  const putMessage = (
    subject: string,
    dueAt: string | null,
    toMessage: (since?: string | null) => Message | undefined,
  ) => {
    for (const destination of general) {
      const row = repository.waitingAbout({ ...destination, subject });
      const waiting = row && !sender.isSending(row.position) ? row : undefined;
      const message = toMessage(waiting?.since);
      if (message && waiting) repository.replace(waiting.position, message);
      else if (message) repository.add({ ...destination, subject, dueAt, ...message });
      else if (waiting) repository.remove(waiting.position);
    }
  };
  const announceProblem = (subject: string, problem: Problem, since: string, waitMs: number): OpenProblem => {
    const at = toTimestamp(clock.now());
    const kind = subject === "queue" ? "queue_held" : "problem";
    const toMessage = (since: string) => render.problem(kind, problem, at, since);
    const dueAt = waitMs > 0 ? afterMs(waitMs) : null;
    // null: what waits is the end of this problem, which people know of. There is nothing to say, then.
    putMessage(subject, dueAt, (waitingSince) =>
      waitingSince === null ? undefined : toMessage(waitingSince ?? since),
    );
    return { kind: problem.kind, severity: problem.severity, since, title: String(toMessage(since).data.title) };
  };
  const announceEnd = (subject: string, open: OpenProblem, at: string) => {
    const kind = subject === "queue" ? "queue_released" : "problem_over";
    const waitMs = subject === "queue" ? 0 : Date.parse(open.since) + FOLD_MS - clock.now().getTime();
    // By the wall clock, which may have jumped.
    const dueAt = waitMs > 0 && waitMs < FOLD_MS ? afterMs(waitMs) : null;
    putMessage(subject, dueAt, (waitingSince) =>
      render.over(kind, { ...open, since: waitingSince ?? open.since }, at, typeof waitingSince === "string"),
    );
  };

  /** The last run decides whether jobs wait: see jobs/hold.ts. */
  const noteQueue = (job: JobRow): boolean => {
    const problem = job.retryAt === null ? undefined : holdProblem(job, job.retryAt);
    const { queue: known, ...others } = repository.openProblems();
    if (job.startedAt === null || known?.kind === problem?.kind) return false;
    const at = job.finishedAt ?? "";
    if (known && !problem) announceEnd("queue", known, at);
    const queue = problem && announceProblem("queue", problem, at, 0);
    repository.saveOpenProblems(queue ? { ...others, queue } : others, at);
    return true;
  };

  /** What a look has found that is not announced yet; `isNews` if the look before it has found the same. */
  const changesIn = (found: readonly Observation[]) => {
    const open = { ...unsaved, ...repository.openProblems() };
    const isChange = ({ subject, problem }: Observation) =>
      problem ? rankOf(problem.severity) > rankOf(open[subject]?.severity) : open[subject] !== undefined;
    return found.filter(isChange).map(({ subject, problem }) => {
      const isWrong = problem !== undefined;
      const earlier = firstFinds.get(subject);
      const isNews = earlier?.isWrong === isWrong;
      const first = isNews ? earlier : { isWrong, at: toTimestamp(clock.now()), ms: clock.monotonicMs() };
      return { subject, problem, isNews, first };
    });
  };
  type Change = ReturnType<typeof changesIn>[number];

  const store = (news: readonly Change[]) => {
    const open = { ...unsaved, ...repository.openProblems() };
    for (const { subject, problem, first } of news) {
      const known = open[subject];
      const waitMs = holdMs - (clock.monotonicMs() - first.ms);
      if (problem) open[subject] = announceProblem(subject, problem, known?.since ?? first.at, waitMs);
      else if (known) announceEnd(subject, known, first.at);
      if (!problem) delete open[subject];
    }
    repository.saveOpenProblems(open, toTimestamp(clock.now()));
  };

  /** What is wrong with the database cannot be stored in it, so it is sent past the outbox, once. */
  const sendUnstored = async (news: readonly Change[]): Promise<void> => {
    const change = news.find(({ subject }) => subject === "database");
    if (!change?.problem || minutesOfQuiet(config.quietHours, clock.now()) > 0) return;
    const { problem, first } = change;
    const message = render.problem("problem", problem, toTimestamp(clock.now()), first.at);
    const send = (channel: Channel) => channel.send({ ...message, deliveryId: crypto.randomUUID() });
    const isGeneral = ({ name }: Channel) => general.some(({ channel }) => channel === name);
    const deliveries = await Promise.all(channels.filter(isGeneral).map(send));
    if (deliveries.every(({ kind }) => kind !== "delivered")) return;
    const title = String(message.data.title);
    unsaved = { database: { kind: problem.kind, severity: problem.severity, since: first.at, title } };
  };

  return {
    /** Within the transaction that stores the end of a job. */
    noteJobEnd(job: JobRow): void {
      if (channels.length === 0) return;
      const ranMs = job.durationMs ?? Date.parse(job.finishedAt ?? "") - Date.parse(job.startedAt ?? "");
      const isLong = config.afterMs > 0 && ranMs >= config.afterMs;
      const destinations = new Set([
        ...(job.notify === null ? [] : destinationsOf(job.notify)),
        ...(isLong ? general : []),
      ]);
      const hasQueueNews = noteQueue(job);
      const message = destinations.size > 0 && render.job(job);
      if (message)
        for (const destination of destinations) repository.add({ ...destination, subject: job.jobId, ...message });
      // After the commit.
      if (message || hasQueueNews) queueMicrotask(sender.wake);
    },

    /**
     * What one look has found. What two in a row have found is news, and so is its end.
     * @returns whether the next look decides something.
     */
    async observe(found: readonly Observation[]): Promise<boolean> {
      if (general.length === 0) return false;
      const changes = changesIn(found);
      firstFinds = new Map(changes.map(({ subject, first }) => [subject, first]));
      const news = changes.filter(({ isNews }) => isNews);
      if (news.length === 0) return changes.length > 0;
      try {
        await retryWhileLocked(() => repository.transact(() => store(news)));
      } catch (err) {
        logger.error({ err }, "cannot store a message; the next look repeats it");
        await sendUnstored(news);
        return true;
      }
      unsaved = {};
      for (const { subject } of news) firstFinds.delete(subject);
      sender.wake();
      return firstFinds.size > 0;
    },

    /** Called at start and every minute: gives up and deletes old messages, and sends what waits. @param now by the running time. */
    sweep(now: Date): void {
      // Most services have no news for weeks; the statements below would take a quarter of a MiB.
      if (channels.length === 0 || repository.isEmpty()) return;
      for (const { channel } of repository.deleteOld(now)) onTried(channel, "expired");
      if (repository.countWaiting().length > 0) sender.wake();
    },
    view(): NotifyView {
      if (channels.length === 0) return [];
      const waiting = new Map(repository.countWaiting().map(({ channel, count }) => [channel, count]));
      return channels.map(({ name }) => {
        const last = sender.lastTried(name);
        const nextMs = sender.nextTryMs(name);
        return {
          channel: name,
          waiting: waiting.get(name) ?? 0,
          last_try_at: last?.triedAt ?? null,
          reason: last?.reason?.replace("delivery.", "") ?? "",
          detail: last?.detail ?? "",
          next_try_at: nextMs === undefined ? null : afterMs(nextMs),
        };
      });
    },
    noteTest: sender.noteTest,
    stop: sender.stop,
  };
};

export type Notifier = ReturnType<typeof createNotifier>;

/** As the status judges a hold. */
const holdProblem = (job: JobRow, retryAt: string): Problem | undefined => {
  const message = saidIn(job);
  if (job.errorCode === "model_auth_failed") return { kind: "codex_refused", severity: "fault", values: { message } };
  if (job.errorCode !== "model_quota_exhausted") return undefined;
  const until = formatTimestamp(retryAt) ?? retryAt;
  return { kind: "codex_quota", severity: "warning", values: { until, message } };
};
