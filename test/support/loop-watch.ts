/**
 * Watches the event loop of a running server from outside: a process of its own asks /healthz every few milliseconds
 * over one connection and keeps the longest time that an answer took.
 *
 * What the machine did is deducted, since it is shared: the time that the server's main thread and the watch stood in
 * the kernel's run queue (schedstat), what the hypervisor took (steal), and waits that end only when the disk or another
 * thread or process has had its turn (sampled: fsync, vfork until the program runs, futex). What remains is the time in
 * which that thread ran, slept or was blocked by anything else. With 14 runnable processes on 2 processors, a service
 * that answered after 486 ms had run for 77 ms and was blocked by nothing but these.
 */
import { openSync, readSync } from "node:fs";
import { connect, type Socket } from "node:net";

export const MAX_GAP_MS = 100;

const PROBE_EVERY_MS = 4;
const RETRY_MS = 20;
const DEADLINE_MS = 10_000;
/** How long before the end of a gap something must have begun to be named as what ran. */
const NAMED_WITHIN_MS = 250;
const MAX_NOTES = 4096;
const JIFFY_MS = 10;
const SAMPLE_MS = 2;
/** fsync, fdatasync, futex, clone, vfork, clone3. */
const WAITS_FOR_MACHINE: Partial<Record<NodeJS.Architecture, number[]>> = {
  x64: [74, 75, 202, 56, 58, 435],
  arm64: [82, 83, 98, 220, 435],
};

export interface Gap {
  /** Without what the machine took. */
  ms: number;
  /** Of it, how long the main thread ran; the rest it was blocked, or sent and received. */
  ranMs: number;
  /** As a client sees it. */
  wallMs: number;
  /** What ran: the last labels noted before its end, longest ago first. */
  labels: string[];
  probes: number;
}

type Longest = Omit<Gap, "labels"> & { endedAt: number };

/** `note` names what is being done to the server from now on. */
export const startLoopWatch = async ({ url, pid }: { url: string; pid: number }) => {
  const notes: { at: number; label: string }[] = [];
  const started = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Longest>();
  const child = Bun.spawn([process.execPath, import.meta.path, new URL(url).port, String(pid)], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
    ipc: (message: Longest | "started") => (message === "started" ? started.resolve() : ended.resolve(message)),
    onExit: () => {
      const gone = new Error("The watch of the event loop ended early.");
      started.reject(gone);
      ended.reject(gone);
    },
  });
  ended.promise.catch(() => {});
  const kill = () => void child.kill("SIGKILL");
  process.on("exit", kill);
  await started.promise;

  return {
    note(label: string): void {
      notes.push({ at: Date.now(), label });
      if (notes.length > MAX_NOTES) notes.splice(0, MAX_NOTES / 2);
    },
    /** Ends the watch without a result. */
    kill,
    /** Ends the watch. @throws if it died. */
    async stop(): Promise<Gap> {
      child.send("stop");
      const { endedAt, ...longest } = await ended.promise.finally(kill);
      process.off("exit", kill);
      const before = notes.filter(({ at }) => at <= endedAt);
      const near = before.filter(({ at }) => at >= endedAt - longest.wallMs - NAMED_WITHIN_MS);
      const named = near.length > 0 ? near.slice(-5) : before.slice(-1);
      return { ...longest, labels: [...new Set(named.map(({ label }) => label))] };
    },
  };
};

export type LoopWatch = Awaited<ReturnType<typeof startLoopWatch>>;

export const isTooLong = ({ ms }: Gap): boolean => ms > MAX_GAP_MS;

/** "longest gap 12 ms (ran 10 ms; 30 ms with the machine's part), 4012 probes, at: POST /x". */
export const gapText = ({ ms, ranMs, wallMs, labels, probes }: Gap): string => {
  const parts = `ran ${ranMs.toFixed(0)} ms; ${wallMs.toFixed(0)} ms with the machine's part`;
  const at = labels.length > 0 ? `, at: ${labels.join("; ")}` : "";
  return `longest gap ${ms.toFixed(0)} ms (${parts}), ${probes} probes${at}`;
};

/** Reads the beginning of a file of /proc, again and again; "" once the process is gone. */
const createProcReader = (path: string) => {
  const fd = openSync(path, "r");
  const buffer = Buffer.alloc(512);
  return (): string => {
    try {
      return buffer.toString("latin1", 0, readSync(fd, buffer, 0, buffer.length, 0));
    } catch {
      return "";
    }
  };
};

/** So far, in milliseconds: how long the server's main thread ran, and what the machine took from it and from this one. */
const createTimes = (serverPid: number) => {
  const schedstatOf = (pid: number) => createProcReader(`/proc/${pid}/task/${pid}/schedstat`);
  const [server, self, stat] = [schedstatOf(serverPid), schedstatOf(process.pid), createProcReader("/proc/stat")];
  return () => {
    const [ranNs = 0, waitedNs = 0] = server().split(" ").map(Number);
    const ownWaitNs = Number(self().split(" ")[1]);
    const stolenJiffies = Number(stat().split(/\s+/, 9)[8]);
    return { ranMs: ranNs / 1e6, takenMs: (waitedNs + ownWaitNs) / 1e6 + stolenJiffies * JIFFY_MS };
  };
};

/** Samples what a thread is blocked by. */
const createBlockSampler = (pid: number) => {
  const syscall = createProcReader(`/proc/${pid}/task/${pid}/syscall`);
  const known = WAITS_FOR_MACHINE[process.arch] ?? [];
  let blocked = 0;
  let byMachine = 0;
  setInterval(() => {
    const call = Number.parseInt(syscall(), 10);
    if (Number.isNaN(call)) return;
    blocked++;
    if (known.includes(call)) byMachine++;
  }, SAMPLE_MS);
  return {
    restart(): void {
      blocked = 0;
      byMachine = 0;
    },
    /** Of the time blocked since then, the share of the machine. */
    machineShare: () => (blocked === 0 ? 0 : byMachine / blocked),
  };
};

const watch = async (port: number, pid: number) => {
  const times = createTimes(pid);
  const sampler = createBlockSampler(pid);
  const longest: Longest = { ms: 0, ranMs: 0, wallMs: 0, endedAt: 0, probes: 0 };
  let isStopping = false;
  process.on("message", () => (isStopping = true));

  const open = () =>
    new Promise<Socket | undefined>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(socket));
      socket.setNoDelay(true);
      socket.on("error", () => resolve(undefined));
    });
  /** Resolves with false if the connection ended instead. */
  const ask = (socket: Socket) =>
    new Promise<boolean>((resolve) => {
      const settle = (isAnswered: boolean) => {
        clearTimeout(timer);
        socket.removeAllListeners("data").removeAllListeners("close");
        resolve(isAnswered);
      };
      const timer = setTimeout(() => {
        settle(true);
        socket.destroy();
      }, DEADLINE_MS);
      socket.once("data", () => settle(true)).once("close", () => settle(false));
      socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    });

  let socket = await open();
  process.send?.("started");
  while (!isStopping) {
    if (!socket || socket.destroyed) {
      await Bun.sleep(RETRY_MS);
      socket = await open();
      continue;
    }
    const startedAt = performance.now();
    const before = times();
    sampler.restart();
    const isAnswered = await ask(socket);
    const wallMs = performance.now() - startedAt;
    if (!isAnswered) {
      socket.destroy();
      continue;
    }
    longest.probes++;
    if (wallMs > longest.ms) {
      const after = times();
      const ranMs = after.ranMs - before.ranMs;
      const blockedMs = Math.max(0, wallMs - (after.takenMs - before.takenMs) - ranMs);
      const ms = ranMs + blockedMs * (1 - sampler.machineShare());
      if (ms > longest.ms) Object.assign(longest, { ms, ranMs, wallMs, endedAt: Date.now() });
    }
    await Bun.sleep(PROBE_EVERY_MS);
  }
  process.send?.(longest);
};

if (import.meta.main) await watch(Number(process.argv[2]), Number(process.argv[3]));
