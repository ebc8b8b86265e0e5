import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/** One process as /proc/<pid>/stat tells it. */
export interface ProcessEntry {
  pid: number;
  parentPid: number;
  groupId: number;
  sessionId: number;
  /** Clock ticks since boot: with the pid it names one process, whatever is reused later. */
  startTicks: string;
  residentKib: number;
}

const CHILD_NICENESS = 10;
/** Of 1000: well before anything that has not asked for it. */
const CHILD_OOM_SCORE_ADJ = "700";
const KIB_PER_PAGE = 4;
const ENDED_STATES = ["Z", "X"];

/** @returns undefined for a process that is gone or a zombie. */
export const readProcess = (pid: number): ProcessEntry | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command, in parentheses, may itself hold spaces and parentheses.
    const [state = "", ppid, pgrp, session, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (ENDED_STATES.includes(state)) return undefined;
    return {
      pid,
      parentPid: Number(ppid),
      groupId: Number(pgrp),
      sessionId: Number(session),
      startTicks: rest[15] ?? "",
      residentKib: Number(rest[17]) * KIB_PER_PAGE,
    };
  } catch {
    return undefined;
  }
};

/** Every living process; empty where there is no /proc. */
export const listProcesses = (): ProcessEntry[] => {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => readProcess(Number(name)) ?? []);
  } catch {
    return [];
  }
};

/** The environment a process was started with, as `NAME=value` entries; empty when it may not be read. */
export const readEnvironment = (pid: number): string[] => {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    return [];
  }
};

export const bootId = (): string => {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
};

/** Names this very process, also after a reboot: `<boot id>/<start ticks>`. */
export const identityOf = (pid: number): string | undefined => {
  const entry = readProcess(pid);
  return entry && `${bootId()}/${entry.startTicks}`;
};

/** Lets the bot and this service go first: for the processor, and when the kernel must kill something. */
export const yieldToOthers = (pid: number): void => {
  try {
    setPriority(pid, CHILD_NICENESS);
    writeFileSync(`/proc/${pid}/oom_score_adj`, CHILD_OOM_SCORE_ADJ);
  } catch {
    // A courtesy only: a process that is gone already, or a kernel without /proc, is no reason to fail.
  }
};

/**
 * Sends a signal. What is gone already needs none; what has become another user's (sudo) cannot get one, and must not
 * keep it from the others.
 */
export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
};
