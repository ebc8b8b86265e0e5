import type { Config } from "@/config.ts";
import { type JobRow, saidIn } from "@/jobs/state.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { formatTimestamp } from "@/locales/format.ts";
import type { Observation, Problem } from "@/status/diagnose.ts";
import type { Channel } from "./news.ts";
import type { Renderer } from "./render.ts";
import type { Lane, OpenProblem, OutboxRepository } from "./repository.ts";
import type { Sender } from "./sender.ts";
import type { NotifyView } from "./view.ts";

/** A problem that comes and goes within it is one message. */
const MAX_FOLD_MS = 10 * 60_000;

/** What stops the queue has news of its own, from the job that found it; what stops messages would not arrive. */
const NO_NEWS: readonly Problem["kind"][] = ["codex_quota", "codex_refused", "notify_failing"];
/** 0 for none. */
const rankOf = (severity = ""): number => ["notice", "warning", "fault"].indexOf(severity) + 1;

interface NotifierDeps {
  config: Config["notify"];
  watchMs: number;
  channels: readonly Channel[];
  repository: OutboxRepository;
  render: Renderer;
  onTried: (channel: string, outcome: string) => void;
  clock: Clock;
  logger: Logger;
}

/** Turns what happens into messages, which are stored with it and sent later. Does nothing while no channel is configured. */
export const createNotifier = (deps: NotifierDeps) => {
  const { config, channels, repository, render, clock, logger } = deps;
  const foldMs = Math.min(MAX_FOLD_MS, 2 * deps.watchMs || MAX_FOLD_MS);
  /** The first look that found a change of a subject. */
  const firstLooks = new Map<string, { isWrong: boolean; at: string; ms: number }>();
  let sender: Promise<Sender> | undefined;
  let loaded: Sender | undefined;
  let isStopped = false;

  const general: Lane[] = channels
    .filter(({ name }) => name !== "astrbot" || config.astrbot.umo !== "")
    .map(({ name }) => ({ channel: name, recipient: null }));
  /** Of a job that names a chat; without AstrBot the other channels stand in. */
  const lanesOfChat = (umo: string): Lane[] => {
    if (umo === "" || umo === config.astrbot.umo || config.astrbot.key === "") return general;
    return [{ channel: "astrbot", recipient: umo }];
  };

  /** Imported on demand: a service without news does not load it. */
  const loadSender = async () => {
    const { createSender } = await import("./sender.ts");
    loaded = createSender({ ...deps, quietHours: config.quietHours });
    return loaded;
  };
  const wake = () => {
    if (isStopped) return;
    sender ??= loadSender();
    sender.then((created) => created.wake()).catch((err) => logger.error({ err }, "cannot send messages"));
  };

  /** The newest message about a subject that may still be changed. */
  const waitingAbout = (lane: Lane, subject: string) => {
    const row = repository.waitingAbout({ ...lane, subject });
    return row && loaded?.isSending(row.position) ? undefined : row;
  };

  /** A message that has not gone out yet gets the new text: nobody needs to read what is no longer so. */
  const tellProblem = (subject: string, problem: Problem, at: string, since: string, dueAt: string | null) => {
    const toMessage = (since: string) =>
      render.problem(subject === "queue" ? "queue_held" : "problem", problem, at, since);
    for (const lane of general) {
      const waiting = waitingAbout(lane, subject);
      // People know of the problem and were to read that it was over.
      if (waiting && waiting.since === null) repository.remove(waiting.position);
      else if (waiting) repository.replace(waiting.position, toMessage(waiting.since ?? since));
      else repository.add({ ...lane, subject, dueAt, ...toMessage(since) });
    }
    const { kind, severity } = problem;
    return { kind, severity, since, title: String(toMessage(since).data.title) };
  };
  const tellOver = (subject: string, open: OpenProblem, at: string) => {
    const kind = subject === "queue" ? "queue_released" : "problem_over";
    for (const lane of general) {
      const waiting = waitingAbout(lane, subject);
      const message = render.over(kind, { ...open, since: waiting?.since ?? open.since }, at, waiting !== undefined);
      if (waiting) repository.replace(waiting.position, message);
      else repository.add({ ...lane, subject, ...message });
    }
  };

  /** The last run decides whether jobs wait: see jobs/hold.ts. */
  const noteQueue = (job: JobRow): boolean => {
    const problem = job.retryAt === null ? undefined : holdProblem(job, job.retryAt);
    const { queue: known, ...others } = repository.openProblems();
    if (job.startedAt === null || known?.kind === problem?.kind) return false;
    const at = job.finishedAt ?? "";
    if (known && !problem) tellOver("queue", known, at);
    const queue = problem && tellProblem("queue", problem, at, at, null);
    repository.saveOpenProblems(queue ? { ...others, queue } : others, at);
    return true;
  };

  return {
    /** Within the transaction that stores the end of a job. */
    noteJobEnd(job: JobRow): void {
      if (channels.length === 0) return;
      const ranMs = job.durationMs ?? Date.parse(job.finishedAt ?? "") - Date.parse(job.startedAt ?? "");
      const isLong = config.afterMs > 0 && ranMs >= config.afterMs;
      const lanes = new Set([...(job.notify === null ? [] : lanesOfChat(job.notify)), ...(isLong ? general : [])]);
      const hasQueueNews = noteQueue(job);
      const message = lanes.size > 0 && render.job(job);
      if (message) for (const lane of lanes) repository.add({ ...lane, subject: job.jobId, ...message });
      // After the commit.
      if (message || hasQueueNews) queueMicrotask(wake);
    },

    /** What one look has found. What two in a row have found is news, and so is its end. */
    observe(found: readonly Observation[]): void {
      if (general.length === 0) return;
      const now = clock.now();
      const at = toTimestamp(now);
      const open = repository.openProblems();
      const isNews = ({ subject, problem }: Observation) => {
        if (problem && NO_NEWS.includes(problem.kind)) return false;
        const known = open[subject];
        const isChange = problem ? rankOf(problem.severity) > rankOf(known?.severity) : known !== undefined;
        const isWrong = problem !== undefined;
        const isSecond = firstLooks.get(subject)?.isWrong === isWrong;
        if (!isChange) firstLooks.delete(subject);
        else if (!isSecond) firstLooks.set(subject, { isWrong, at, ms: clock.monotonicMs() });
        return isChange && isSecond;
      };
      const news = found.filter(isNews);
      if (news.length === 0) return;
      repository.transact(() => {
        for (const { subject, problem } of news) {
          const first = firstLooks.get(subject) ?? { at, ms: clock.monotonicMs() };
          const known = open[subject];
          if (problem) {
            const waitMs = Math.max(0, foldMs - (clock.monotonicMs() - first.ms));
            const dueAt = toTimestamp(new Date(now.getTime() + waitMs));
            open[subject] = tellProblem(subject, problem, at, known?.since ?? first.at, dueAt);
          } else if (known) {
            tellOver(subject, known, first.at);
            delete open[subject];
          }
        }
        repository.saveOpenProblems(open, at);
      });
      for (const { subject } of news) firstLooks.delete(subject);
      wake();
    },

    /** Sends what an earlier process has left. */
    start(): void {
      if (channels.length > 0 && repository.listWaiting().length > 0) wake();
    },
    /** Called every minute. @param now by the running time. */
    deleteOld(now: Date): void {
      if (channels.length === 0) return;
      for (const { channel } of repository.deleteOld(now)) deps.onTried(channel, "expired");
    },
    view(): NotifyView {
      if (channels.length === 0) return [];
      const waiting = new Map(repository.countWaiting().map(({ channel, count }) => [channel, count]));
      return channels.map(({ name }) => {
        const last = repository.lastTried(name);
        const nextMs = loaded?.nextTryMs(name);
        return {
          channel: name,
          waiting: waiting.get(name) ?? 0,
          last_try_at: last?.triedAt ?? null,
          reason: last?.reason?.replace("delivery.", "") ?? "",
          detail: last?.detail ?? "",
          next_try_at: nextMs === undefined ? null : toTimestamp(new Date(clock.now().getTime() + nextMs)),
        };
      });
    },
    async stop(): Promise<void> {
      isStopped = true;
      await (await sender)?.stop();
    },
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
