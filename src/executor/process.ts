import { atMost, type Clock } from "@/lib/clock.ts";
import type { Cgroup, Cgroups } from "./cgroup.ts";
import { createDescendants } from "./descendants.ts";
import type { Orphans } from "./orphans.ts";
import { identityOf, sendSignal, yieldToOthers } from "./proc.ts";
import { pump } from "./pump.ts";
import type { RunAs } from "./run-as.ts";

const DRAIN_MS = 1000;
/** Soon after the start, for runs that are short, then once a second. */
const FIRST_OBSERVE_MS = 50;
const OBSERVE_INTERVAL_MS = 1000;

export interface ProcessOptions {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  /** Where it starts; this service's own directory unless told. */
  cwd?: string | undefined;
  runAs?: RunAs;
  /** Written to standard input, which is then closed. */
  stdin: string;
  /** Set in the child's environment; whatever carries it later is the job's. */
  marker: { name: string; value: string };
  /** Called with each chunk as it is read, which is gone once this returns; not reading on slows the child down. */
  onStdout(chunk: Uint8Array): void;
  onStderr(chunk: Uint8Array): void;
  /** Called with each look at the run's processes, about once a second. */
  onObserved?(): void;
  killGraceMs: number;
  cgroups: Cgroups;
  orphans: Orphans;
  clock: Clock;
}

export interface ProcessExit {
  /** null when a signal ended it. */
  exitCode: number | null;
  /** Its name, or its number where it has no name. */
  signal: NodeJS.Signals | number | null;
  durationMs: number;
  /** The most that its processes together held, or were seen to hold; 0 for a run too short to be seen. */
  peakMemoryKib: number;
  /** Of all its processes, or, without a control group, of the leader and the children it has waited for. */
  cpuMs: number;
}

export interface RunningProcess {
  pid: number;
  /** See `identityOf`; undefined when it had ended before it could be read. */
  identity: string | undefined;
  cgroupPath: string | undefined;
  /**
   * SIGTERM to the group, and SIGKILL to whatever is left of it after the grace period.
   * @returns false when the leader has exited already: its group's number may by then be another's.
   */
  stop(): boolean;
  /** Also counts processes started with this `NAME=value` as the job's. */
  addMarker(marker: string): void;
  /** Resolves when the leader has exited, no descendant is alive, and the output is read (or its holder gave up). */
  ended: Promise<ProcessExit>;
}

/**
 * The one door to processes: no shell, its own session and process group, only the given environment.
 * @throws what `Bun.spawn` throws: an error with `code` ENOENT, EACCES, E2BIG and the like.
 */
export const startProcess = (options: ProcessOptions): RunningProcess => {
  const { marker, onStdout, onStderr, onObserved, killGraceMs, cgroups, orphans, clock } = options;
  const startedAtMs = clock.monotonicMs();
  const cgroup = cgroups.create(marker.value);
  const child = spawn(options, cgroup);
  const includeChild = orphans.exclude(child.pid);
  // First of all: what it starts before this would not inherit it.
  yieldToOthers(child.pid);
  const identity = identityOf(child.pid);
  const descendants = createDescendants({
    leaderPid: child.pid,
    marker: `${marker.name}=${marker.value}`,
    cgroup,
    orphans,
    clock,
  });
  const stdout = pump(child.stdout, onStdout);
  const stderr = pump(child.stderr, onStderr);
  let cancelKill: (() => void) | undefined;

  let peakMemoryKib = 0;
  const observe = () => {
    peakMemoryKib = Math.max(peakMemoryKib, descendants.observe());
  };
  const observeIn = (delayMs: number): (() => void) =>
    clock.schedule(delayMs, () => {
      observe();
      onObserved?.();
      cancelObserve = observeIn(OBSERVE_INTERVAL_MS);
    });
  let cancelObserve = observeIn(FIRST_OBSERVE_MS);

  let hasExited = false;
  const stop = (): boolean => {
    if (hasExited || cancelKill) return !hasExited;
    observe();
    sendSignal(-child.pid, "SIGTERM");
    cancelKill = clock.schedule(killGraceMs, () => {
      observe();
      sendSignal(-child.pid, "SIGKILL");
    });
    return true;
  };

  const ended = (async (): Promise<ProcessExit> => {
    await child.exited;
    hasExited = true;
    includeChild();
    cancelKill?.();
    cancelObserve();
    await descendants.sweep();
    await atMost(clock, DRAIN_MS, Promise.all([stdout.done, stderr.done]));
    await Promise.all([stdout.abandon(), stderr.abandon()]);
    const figures = {
      durationMs: Math.round(clock.monotonicMs() - startedAtMs),
      peakMemoryKib,
      cpuMs: Math.round(Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000),
      ...cgroup?.figures(),
    };
    cgroup?.remove();
    return { exitCode: child.signalCode ? null : child.exitCode, signal: child.signalCode, ...figures };
  })();

  return { pid: child.pid, identity, cgroupPath: cgroup?.path, stop, addMarker: descendants.addMarker, ended };
};

const spawn = ({ argv, env, cwd, runAs, stdin, marker }: ProcessOptions, cgroup: Cgroup | undefined) => {
  try {
    return Bun.spawn([...argv], {
      env: { ...env, [marker.name]: marker.value },
      ...(cwd !== undefined && { cwd }),
      ...runAs,
      ...(cgroup && { cgroup: cgroup.path }),
      stdin: new TextEncoder().encode(stdin),
      stdout: "pipe",
      stderr: "pipe",
      detached: true,
    });
  } catch (error) {
    cgroup?.remove();
    throw error;
  }
};
