import { atMost, type Clock } from "@/lib/clock.ts";
import { identityOf, sendSignal, yieldToOthers } from "@/lib/proc.ts";
import { nextTurn } from "@/lib/turns.ts";
import type { Cgroup, Cgroups } from "./cgroup.ts";
import { createDescendants } from "./descendants.ts";
import type { RunAs } from "./environment.ts";
import type { Subreaper } from "./subreaper.ts";

const DRAIN_MS = 1000;
/** Soon after the start, for short runs, then once a second. */
const FIRST_OBSERVE_MS = 50;
const OBSERVE_INTERVAL_MS = 1000;

export interface ProcessOptions {
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  cwd?: string;
  runAs?: RunAs;
  /** Written to standard input, which is then closed. */
  stdin: string;
  /** Set in the child's environment; whatever carries it later belongs to the job. */
  marker: { name: string; value: string };
  /** Called with each chunk as it is read; the chunk is freed when this returns. */
  onOutput(stream: "stdout" | "stderr", chunk: Uint8Array): void;
  /** Called about once a second. */
  onObserved?(): void;
  killGraceMs: number;
  cgroups: Cgroups;
  subreaper: Subreaper;
  clock: Clock;
}

/**
 * The one door to processes: no shell, its own session and process group, only the given environment.
 * @throws what `Bun.spawn` throws: an error with `code` ENOENT, EACCES, E2BIG and the like.
 */
export const startProcess = (options: ProcessOptions) => {
  const { marker, killGraceMs, cgroups, subreaper, clock } = options;
  const startedAtMs = clock.monotonicMs();
  const cgroup = cgroups.create(marker.value);
  const child = spawn(options, cgroup);
  const endExclusion = subreaper.exclude(child.pid);
  // First, so that whatever it starts inherits this.
  yieldToOthers(child.pid);
  const identity = identityOf(child.pid);
  const variable = `${marker.name}=${marker.value}`;
  const descendants = createDescendants({ leaderPid: child.pid, marker: variable, cgroup, subreaper, clock });
  const streams = ["stdout", "stderr"] as const;
  const readers = streams.map((name) => readChunks(child[name], (chunk) => options.onOutput(name, chunk), clock));

  let peakMemoryKib = 0;
  const observe = () => {
    peakMemoryKib = Math.max(peakMemoryKib, descendants.observe());
  };
  const observeIn = (delayMs: number): (() => void) =>
    clock.schedule(delayMs, () => {
      observe();
      options.onObserved?.();
      cancelObserve = observeIn(OBSERVE_INTERVAL_MS);
    });
  let cancelObserve = observeIn(FIRST_OBSERVE_MS);

  let hasExited = false;
  let cancelKill: (() => void) | undefined;
  /**
   * SIGTERM to the group, and SIGKILL to what is left of it after the grace period.
   * @returns false when the leader has exited already: its group's number may be reused by then.
   */
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

  const waitForEnd = async () => {
    await child.exited;
    hasExited = true;
    endExclusion();
    cancelKill?.();
    cancelObserve();
    await descendants.killAll();
    await atMost(clock, DRAIN_MS, Promise.all(readers.map(({ done }) => done)));
    await Promise.all(readers.map(({ cancel }) => cancel()));
    const exit = {
      /** null when a signal ended it. */
      exitCode: child.signalCode ? null : child.exitCode,
      signal: child.signalCode,
      durationMs: Math.round(clock.monotonicMs() - startedAtMs),
      /** The most memory that its processes together held, or were seen to hold; 0 for a run too short to be seen. */
      peakMemoryKib,
      /** Of all its processes, or, without a control group, of the leader and the children it has waited for. */
      cpuMs: Math.round(Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1000),
      ...cgroup?.figures(),
    };
    cgroup?.remove();
    return exit;
  };

  return {
    pid: child.pid,
    /** undefined when it had ended before it could be read. */
    identity,
    cgroupPath: cgroup?.path,
    stop,
    /** Resolves when the leader has exited, no descendant is alive, and the output is read (or its holder gave up). */
    ended: waitForEnd(),
  };
};

export type ProcessExit = Awaited<ReturnType<typeof startProcess>["ended"]>;

const spawn = ({ argv, env, cwd, runAs, stdin, marker }: ProcessOptions, cgroup: Cgroup | undefined) => {
  try {
    return Bun.spawn([...argv], {
      env: { ...env, [marker.name]: marker.value },
      ...(cwd && { cwd }),
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

/** Handled at once; each event in it is masked and written. */
const PIECE_BYTES = 16 * 1024;
/** To yield after each piece made a gibibyte take longer and more memory: Bun reads ahead in every turn. */
const TURN_MS = 10;

/** Reads one chunk at a time, so that a full pipe makes the child wait; a costly one gives the event loop back. */
const readChunks = (
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onChunk: (chunk: Uint8Array) => void,
  clock: Clock,
) => {
  const reader = stream.getReader();
  const read = async () => {
    // Across chunks, since Bun may have read many already.
    let turnBeganMs = clock.monotonicMs();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (let at = 0; at < part.value.length; at += PIECE_BYTES) {
        onChunk(part.value.subarray(at, at + PIECE_BYTES));
        if (clock.monotonicMs() - turnBeganMs < TURN_MS) continue;
        await nextTurn();
        turnBeganMs = clock.monotonicMs();
      }
      // Frees the memory now: a flood allocates faster than the collector runs.
      part.value.buffer.transfer(0);
    }
  };
  return { done: read(), cancel: () => reader.cancel() };
};
