/** What the clients were promised, and whether it was kept. */
import { join } from "node:path";
import { type Effect, isFinal, processesIn, readDatabase, readEffects, type StoredJob } from "./evidence.ts";

/** Every rule is one of the checks that the test counts. */
export const rules = {
  exists: "every accepted job exists",
  integrity: "PRAGMA integrity_check is ok",
  once: "no side effect happened twice",
  alone: "no two jobs ran at the same time, nor beside what an earlier one left",
  order: "jobs started in the order they came in",
  final: "a finished job never changed",
  interrupted: "a job that was running at the crash failed as interrupted",
  canceled: "an acknowledged cancel of a waiting job held; nothing else was canceled",
  outcome: "every end agrees with what the job really did",
  alive: "no process of an ended job was alive",
  ended: "in the end every job is final",
  leftAlone: "what a predecessor left waiting is not touched",
} as const;
export type Rule = keyof typeof rules;

interface Promised {
  jobId: string;
  /** The state that the answer to a cancel told. */
  cancelAnswer: string | undefined;
}

interface LedgerOptions {
  root: string;
  /** So many of the newest jobs, in whatever state, stay (JOB_RETENTION_MAX); older ones may go once they are final. */
  retentionMax: number;
  report: (rule: Rule, what: string) => void;
}

export const createLedger = ({ root, retentionMax, report }: LedgerOptions) => {
  const promised = new Map<string, Promised>();
  const cancelAsked = new Set<string>();
  /** Each job as it was in the file after the last crash. */
  let before = new Map<string, StoredJob>();
  /** Jobs that a crash has found running. */
  const wereRunning = new Set<string>();
  /** Jobs that had ended before this test began: only that they stay as they are is to be seen. */
  const adopted = new Set<string>();
  /** Jobs that a predecessor left waiting. */
  const leftAlone = new Set<string>();
  /** Jobs that retention has deleted. */
  const retired = new Set<string>();

  const folderOf = (name: string) => join(root, "work", name);

  const checkProcesses = (jobs: Iterable<StoredJob>) => {
    const lingering = processesIn(join(root, "work"));
    for (const job of lingering.length > 0 ? jobs : []) {
      const pids = lingering.filter(({ path }) => path === folderOf(nameOf(job))).map(({ pid }) => pid);
      if (pids.length > 0) report("alive", `${nameOf(job)} is ${job.state}, and ${pids.join(", ")} is alive`);
    }
  };

  const checkEffects = (jobs: StoredJob[]) => {
    const effects = readEffects(root);
    const starts = effects.filter(({ kind }) => kind === "start").map(({ name }) => name);
    for (const name of new Set(starts.filter((start, index) => starts.indexOf(start) !== index))) {
      report("once", `${name} was started more than once`);
    }
    for (const { name } of effects.filter(({ kind }) => kind === "overlap")) report("alone", `${name} was not alone`);
    const placeOf = new Map(jobs.map((job, place) => [nameOf(job), place]));
    const places = starts.flatMap((name) => placeOf.get(name) ?? []);
    if (places.some((place, index) => index > 0 && place < (places[index - 1] ?? 0))) {
      report("order", `started: ${starts.join(" ")}`);
    }
    for (const job of jobs.filter((ended) => isFinal(ended) && !adopted.has(ended.jobId))) checkOutcome(job, effects);
    for (const job of jobs) {
      if (job.state === "queued" && starts.includes(nameOf(job))) report("once", `${nameOf(job)} ran and waits again`);
    }
  };

  const checkOutcome = (job: StoredJob, effects: Effect[]) => {
    const name = nameOf(job);
    const has = (kind: Effect["kind"]) => effects.some((effect) => effect.kind === kind && effect.name === name);
    const wrong = (what: string) => report("outcome", `${name} is ${job.state}/${job.errorCode}: ${what}`);
    if (job.startedAt === null && has("start")) wrong("it never started, and it did");
    if (job.state === "succeeded" && !(has("start") && has("end"))) wrong("it has not done its work");
    if (job.state === "succeeded" && job.resultText !== `done ${name}`) wrong(`its result is ${job.resultText}`);
    if (job.state === "failed" && !wereRunning.has(job.jobId)) wrong("no crash has interrupted it");
    if (job.state === "canceled" && !cancelAsked.has(name)) report("canceled", `nobody asked to cancel ${name}`);
  };

  const checkChange = (job: StoredJob) => {
    const earlier = before.get(job.jobId);
    if (earlier && isFinal(earlier) && JSON.stringify(earlier) !== JSON.stringify(job)) {
      report("final", `${nameOf(job)}: ${JSON.stringify(earlier)} became ${JSON.stringify(job)}`);
    }
    if (wereRunning.has(job.jobId) && isFinal(job) && job.errorCode !== "interrupted") {
      report("interrupted", `${nameOf(job)} became ${job.state}/${job.errorCode}`);
    }
    if (earlier?.state === "running" && job.state === "queued") report("interrupted", `${nameOf(job)} waits again`);
    const promise = promised.get(nameOf(job));
    if (promise?.cancelAnswer === "canceled" && job.state !== "canceled") {
      report("canceled", `${nameOf(job)} was answered canceled and is ${job.state}`);
    }
  };

  const checkExistence = (jobs: StoredJob[]) => {
    const stored = new Set(jobs.map((job) => job.jobId));
    const known = [...[...promised.values()].map(({ jobId }) => jobId), ...before.keys()];
    for (const jobId of new Set(known.filter((id) => !stored.has(id) && !retired.has(id)))) {
      const earlier = before.get(jobId);
      const mayGo = earlier && isFinal(earlier) && (jobs.length >= retentionMax || isOld(earlier));
      if (mayGo) retired.add(jobId);
      else report("exists", `${jobId} (${earlier?.state ?? "accepted"}) is gone`);
    }
  };

  return {
    folderOf,
    /** Takes over what is in the database before the first start. */
    adopt() {
      const jobs = readDatabase(root)?.jobs ?? [];
      before = new Map(jobs.map((job) => [job.jobId, job]));
      for (const job of jobs.filter(isFinal)) adopted.add(job.jobId);
      for (const job of jobs.filter(({ state }) => state === "running")) wereRunning.add(job.jobId);
      for (const job of jobs.filter(({ state }) => state === "queued")) leftAlone.add(job.jobId);
    },
    isLeftAlone: (jobId: string) => leftAlone.has(jobId),
    accepted(name: string, jobId: string) {
      promised.set(name, { jobId, cancelAnswer: undefined });
    },
    askedCancel: (name: string) => void cancelAsked.add(name),
    canceled(name: string, state: string) {
      const promise = promised.get(name);
      if (promise) promise.cancelAnswer ??= state;
    },
    jobIdOf: (name: string) => promised.get(name)?.jobId,
    /** The server is dead: what it left must agree with everything known so far. */
    inspect() {
      const database = readDatabase(root);
      if (!database) {
        if (promised.size > 0) report("exists", "the database is gone");
        return;
      }
      const { jobs, integrity } = database;
      if (integrity !== "ok") report("integrity", integrity);
      checkExistence(jobs);
      for (const job of jobs) checkChange(job);
      for (const job of jobs.filter(({ state }) => state === "running")) wereRunning.add(job.jobId);
      checkEffects(jobs);
      checkProcesses(jobs.filter(isFinal));
      before = new Map(jobs.map((job) => [job.jobId, job]));
    },
    /** The server serves again: nothing of what a crash cut off may be alive any more. */
    checkRecovered() {
      checkProcesses([...before.values()].filter(({ state }) => state === "running"));
    },
    /** Nothing is left to do: every job has come to its end. */
    checkEnd() {
      for (const job of before.values()) {
        if (leftAlone.has(job.jobId)) {
          if (job.state !== "queued") report("leftAlone", `${nameOf(job)} is ${job.state}`);
        } else if (!isFinal(job)) report("ended", `${nameOf(job)} is ${job.state}`);
      }
      for (const { pid, path } of processesIn(root)) report("alive", `at the very end: ${pid} in ${path}`);
    },
    counts() {
      const counts: Record<string, number> = {};
      for (const { state } of before.values()) counts[state] = (counts[state] ?? 0) + 1;
      return counts;
    },
  };
};

export type Ledger = ReturnType<typeof createLedger>;

const RETENTION_MS = 30 * 24 * 60 * 60 * 1000;

const isOld = ({ finishedAt }: StoredJob): boolean => Date.parse(finishedAt ?? "") < Date.now() - RETENTION_MS;

const nameOf = (job: StoredJob): string => job.task.split(" ")[0] ?? "";
