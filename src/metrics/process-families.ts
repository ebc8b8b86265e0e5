import { readdirSync, readFileSync } from "node:fs";
import { type Clock, delay } from "@/lib/clock.ts";
import { type Family, gauge } from "./family.ts";

const BYTES_PER_KIB = 1024;
const TIMER_MS = 10;

/** What this process takes, and how far behind its event loop is: measured now, since an idle service has no timer for it. */
export const processFamilies = async (clock: Clock): Promise<Family[]> => {
  const lagMs = await lateness(clock);
  const { user, system } = process.cpuUsage();
  return [
    ...gauge(
      "openclaw_backend_event_loop_lag_seconds",
      `By how much a timer of ${TIMER_MS} ms was late, during this scrape.`,
      lagMs / 1000,
    ),
    {
      name: "process_cpu_seconds_total",
      type: "counter",
      help: "Processor time of the service itself, without its jobs.",
      samples: [{ value: (user + system) / 1e6 }],
    },
    ...gauge("process_resident_memory_bytes", "Resident memory.", process.memoryUsage.rss()),
    ...gauge(
      "openclaw_backend_private_memory_bytes",
      "Private dirty memory: what the system cannot take back.",
      privateDirtyBytes(),
    ),
    ...gauge("process_start_time_seconds", "When the process was started.", startedAtSeconds(clock)),
    ...gauge("process_open_fds", "Open file descriptors.", openFiles()),
  ];
};

const lateness = async (clock: Clock): Promise<number> => {
  const startedMs = clock.monotonicMs();
  await delay(clock, TIMER_MS);
  return Math.max(0, clock.monotonicMs() - startedMs - TIMER_MS);
};

const startedAtSeconds = (clock: Clock): number => clock.now().getTime() / 1000 - process.uptime();

const privateDirtyBytes = (): number | undefined => {
  const text = unlessAway(() => readFileSync("/proc/self/smaps_rollup", "utf8"));
  const kib = /^Private_Dirty:\s+(\d+) kB$/m.exec(text ?? "")?.[1];
  return kib === undefined ? undefined : Number(kib) * BYTES_PER_KIB;
};

const openFiles = (): number | undefined => unlessAway(() => readdirSync("/proc/self/fd").length);

/** Not every system has /proc, nor every container all of it. */
const unlessAway = <Result>(read: () => Result): Result | undefined => {
  try {
    return read();
  } catch {
    return undefined;
  }
};
