import { type Clock, delay } from "@/clock.ts";
import { createDescendants } from "./descendants.ts";
import { identityOf, sendSignal } from "./proc.ts";

const DRAIN_MS = 1000;
const OBSERVE_INTERVAL_MS = 1000;

export interface ProcessOptions {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. */
  stdin: string;
  /** Set in the child's environment; whatever carries it later is the job's. */
  marker: { name: string; value: string };
  /** Called with each chunk as it is read; not reading on is what slows the child down. */
  onStdout(chunk: Uint8Array): void;
  onStderr(chunk: Uint8Array): void;
  killGraceMs: number;
  clock: Clock;
}

export interface ProcessExit {
  /** null when a signal ended it. */
  exitCode: number | null;
  /** Its name, or its number where it has no name. */
  signal: NodeJS.Signals | number | null;
}

export interface RunningProcess {
  pid: number;
  /** See `identityOf`; undefined when it had ended before it could be read. */
  identity: string | undefined;
  /** SIGTERM to the group, and SIGKILL to whatever is left of it after the grace period. */
  stop(): void;
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
  const { argv, env, stdin, marker, onStdout, onStderr, killGraceMs, clock } = options;
  const child = Bun.spawn([...argv], {
    env: { ...env, [marker.name]: marker.value },
    stdin: new TextEncoder().encode(stdin),
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
  const identity = identityOf(child.pid);
  const descendants = createDescendants({
    leaderPid: child.pid,
    marker: `${marker.name}=${marker.value}`,
    clock,
  });
  const stdout = pump(child.stdout, onStdout);
  const stderr = pump(child.stderr, onStderr);
  let cancelKill: (() => void) | undefined;

  let cancelObserve = () => {};
  const observeRegularly = () => {
    cancelObserve = clock.schedule(OBSERVE_INTERVAL_MS, () => {
      descendants.observe();
      observeRegularly();
    });
  };
  observeRegularly();

  const stop = () => {
    if (cancelKill) return;
    descendants.observe();
    sendSignal(-child.pid, "SIGTERM");
    cancelKill = clock.schedule(killGraceMs, () => {
      descendants.observe();
      sendSignal(-child.pid, "SIGKILL");
    });
  };

  const ended = (async (): Promise<ProcessExit> => {
    await child.exited;
    cancelKill?.();
    cancelObserve();
    await descendants.sweep();
    await Promise.race([Promise.all([stdout.done, stderr.done]), delay(clock, DRAIN_MS)]);
    await Promise.all([stdout.abandon(), stderr.abandon()]);
    return { exitCode: child.signalCode ? null : child.exitCode, signal: child.signalCode };
  })();

  return { pid: child.pid, identity, stop, addMarker: descendants.addMarker, ended };
};

/** Reads one chunk at a time, so that nothing piles up here: a full pipe makes the child wait. */
const pump = (stream: ReadableStream<Uint8Array>, onChunk: (chunk: Uint8Array) => void) => {
  const reader = stream.getReader();
  const done = (async () => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) onChunk(part.value);
  })();
  return { done, abandon: () => reader.cancel() };
};
