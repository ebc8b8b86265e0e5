import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { attempt } from "./errors.ts";

const CHILD_NICENESS = 10;
/** Of 1000: the kernel kills it before any process with a lower score. */
const CHILD_OOM_SCORE_ADJ = "700";
const KIB_PER_PAGE = 4;

/** "" for a file that cannot be read. */
export const readText = (path: string): string => attempt(() => readFileSync(path, "utf8"), "");

export type ProcessEntry = NonNullable<ReturnType<typeof readProcess>>;

/** @returns undefined for a process that is gone or a zombie. */
export const readProcess = (pid: number) => {
  const stat = readText(`/proc/${pid}/stat`);
  // The command, in parentheses, may itself hold spaces and parentheses.
  const [state = "", parentId, groupId, sessionId, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (["", "Z", "X"].includes(state)) return undefined;
  return {
    pid,
    parentPid: Number(parentId),
    groupId: Number(groupId),
    sessionId: Number(sessionId),
    /** Clock ticks since boot: with the pid it names one process, even if the pid is reused. */
    startTicks: rest[15] ?? "",
    residentKib: Number(rest[17]) * KIB_PER_PAGE,
  };
};

/** Every living process; empty where there is no /proc. */
export const listProcesses = (): ProcessEntry[] =>
  attempt(() => readdirSync("/proc"), [])
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);

/** The environment a process was started with, as `NAME=value` entries; empty when it may not be read. */
export const readEnvironment = (pid: number): string[] =>
  attempt(() => readFileSync(`/proc/${pid}/environ`, "latin1").split("\0"), []);

const bootId = (): string => readText("/proc/sys/kernel/random/boot_id").trim();

/** Names this very process, also after a reboot: `<boot id>/<start ticks>`. */
export const identityOf = (pid: number): string | undefined => {
  const entry = readProcess(pid);
  return entry && `${bootId()}/${entry.startTicks}`;
};

/** Also of a group's leader that is gone: the kernel reuses its number only once its group and session are empty. */
export const isSameProcess = (pid: number, identity: string): boolean =>
  readProcess(pid) === undefined ? identity.startsWith(`${bootId()}/`) : identityOf(pid) === identity;

/** Gives the bot and this service priority for the processor, and lets the kernel kill this process before them. */
export const yieldToOthers = (pid: number): void => {
  // It may be gone already, and a kernel may have no /proc.
  attempt(() => {
    setPriority(pid, CHILD_NICENESS);
    writeFileSync(`/proc/${pid}/oom_score_adj`, CHILD_OOM_SCORE_ADJ);
  }, undefined);
};

/** Whether it has inherited that; only a privileged process can take it back. */
export const yieldsToOthers = (pid: number): boolean =>
  Number(readText(`/proc/${pid}/oom_score_adj`)) >= Number(CHILD_OOM_SCORE_ADJ);

/** Ignores a process that is gone or belongs to another user by now (sudo). */
export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
};
