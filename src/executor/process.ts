import { type Clock, delay } from "@/clock.ts";
import { createDescendants } from "./descendants.ts";
import { type Orphans, withoutTaking } from "./orphans.ts";
import { identityOf, sendSignal, yieldToOthers } from "./proc.ts";

const DRAIN_MS = 1000;
/** Soon after the start, for runs that are short, then once a second. */
const FIRST_OBSERVE_MS = 50;
const OBSERVE_INTERVAL_MS = 1000;

export interface ProcessOptions {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  /** Our own unless given. */
  cwd?: string | undefined;
  /** Written to standard input, which is then closed. */
  stdin: string;
  /** Set in the child's environment; whatever carries it later is the job's. */
  marker: { name: string; value: string };
  /** Called with each chunk as it is read; not reading on is what slows the child down. */
  onStdout(chunk: Uint8Array): void;
  onStderr(chunk: Uint8Array): void;
  /** Called with each look at the run's processes, about once a second. */
  onObserved?(): void;
  killGraceMs: number;
  orphans: Orphans;
  clock: Clock;
}

export interface ProcessExit {
  /** null when a signal ended it. */
  exitCode: number | null;
  /** Its name, or its number where it has no name. */
  signal: NodeJS.Signals | number | null;
  durationMs: number;
  /** The most that its processes together were seen to hold; 0 for a run too short to be seen. */
  peakMemoryKib: number;
  /** Of the leader and the children it has waited for. */
  cpuMs: number;
}

export interface RunningProcess {
  pid: number;
  /** See `identityOf`; undefined when it had ended before it could be read. */
  identity: string | undefined;
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
  const { argv, env, cwd, stdin, marker, onStdout, onStderr, onObserved, killGraceMs, orphans, clock } = options;
  const startedAtMs = clock.monotonicMs();
  const child = Bun.spawn([...argv], {
    env: { ...env, [marker.name]: marker.value },
    ...(cwd !== undefined && { cwd }),
    stdin: new TextEncoder().encode(stdin),
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
  const includeChild = orphans.exclude(child.pid);
  const identity = identityOf(child.pid);
  yieldToOthers(child.pid);
  const descendants = createDescendants({
    leaderPid: child.pid,
    marker: `${marker.name}=${marker.value}`,
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
    await Promise.race([Promise.all([stdout.done, stderr.done]), delay(clock, DRAIN_MS)]);
    await Promise.all([stdout.abandon(), stderr.abandon()]);
    return {
      exitCode: child.signalCode ? null : child.exitCode,
      signal: child.signalCode,
      durationMs: Math.round(clock.monotonicMs() - startedAtMs),
      peakMemoryKib,
      cpuMs: Math.round(Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000),
    };
  })();

  return { pid: child.pid, identity, stop, addMarker: descendants.addMarker, ended };
};

interface CommandOptions {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
  orphans: Orphans;
  clock: Clock;
}

const MAX_COMMAND_CHARS = 4096;

/**
 * Runs a short command to its end.
 * @returns its exit code (null when it did not start, was killed or took too long) and the beginning of its output.
 */
export const runCommand = async ({ argv, env, timeoutMs, orphans, clock }: CommandOptions) => {
  const decoder = new TextDecoder();
  let output = "";
  const take = (chunk: Uint8Array) => {
    if (output.length < MAX_COMMAND_CHARS) output += decoder.decode(chunk, { stream: true });
  };
  const marker = { name: "OPENCLAW_CHECK_ID", value: crypto.randomUUID() };
  try {
    const process = startProcess({
      argv,
      env,
      stdin: "",
      marker,
      onStdout: take,
      onStderr: take,
      killGraceMs: 0,
      orphans: withoutTaking(orphans),
      clock,
    });
    const cancelTimeout = clock.schedule(timeoutMs, process.stop);
    const { exitCode } = await process.ended;
    cancelTimeout();
    return { exitCode, output: output.slice(0, MAX_COMMAND_CHARS).trim() };
  } catch {
    return { exitCode: null, output: "" };
  }
};

/** Reads one chunk at a time, so that nothing piles up here: a full pipe makes the child wait. */
const pump = (stream: ReadableStream<Uint8Array<ArrayBuffer>>, onChunk: (chunk: Uint8Array) => void) => {
  const reader = stream.getReader();
  const done = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      onChunk(part.value);
      // Gives the memory back at once: a flood leaves its chunks behind faster than the collector comes by.
      part.value.buffer.transfer(0);
    }
  })();
  return { done, abandon: () => reader.cancel() };
};
