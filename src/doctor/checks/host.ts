import { existsSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createMeminfo } from "@/gates/meminfo.ts";
import { createMemoryGate } from "@/gates/memory.ts";
import { statsOf } from "@/lib/paths.ts";
import { formatBytes } from "@/locales/format.ts";
import { memoryProblem } from "@/status/diagnose.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found, foundProblem } from "../finding.ts";
import { quote } from "../shell.ts";

const MIB = 1024 ** 2;
const DISK_FAIL_BYTES = 100 * MIB;
const DISK_WARN_BYTES = 500 * MIB;
/** Clocks are set by fractions of a second; what is further ahead was written under another time. */
const AHEAD_MS = 5 * 60_000;

export const checkHost = (context: DoctorContext): Finding[] => [
  ...memory(context),
  ...disk(context),
  ...time(context),
];

const memory = ({ clock }: DoctorContext): Finding[] => {
  const view = createMemoryGate(createMeminfo({ clock })).view();
  const problem = memoryProblem({ memory: view });
  if (problem) return [foundProblem(problem)];
  if (view.available_mib === null) return [found("memory_unknown")];
  return [
    found("memory_ok", { available: view.available_mib, heavy: view.heavy_below_mib, limit: view.read_only_below_mib }),
  ];
};

const disk = ({ config }: DoctorContext): Finding[] => {
  const path = nearest(dirname(config.dbPath));
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  const values = { path, free: formatBytes(free) };
  if (free >= DISK_WARN_BYTES) return [found("disk_ok", values)];
  const kind = free < DISK_FAIL_BYTES ? "disk_full" : "disk_low";
  return [found(kind, values, `du -xh ${quote(path)} 2>/dev/null | sort -h | tail -20`)];
};

const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));

/** The clock has no witness here but what was written before. */
const time = ({ config, envPath, clock }: DoctorContext): Finding[] => {
  const { dbPath, auditPath, logDir } = config;
  const now = clock.now();
  const ahead = [dbPath, auditPath, join(logDir, "backend.log"), envPath].filter((path) => {
    const stats = statsOf(path);
    return stats !== undefined && stats.mtimeMs > now.getTime() + AHEAD_MS;
  });
  const values = { now: `${now.toISOString().slice(0, 19)}Z`, files: ahead.join(" ") };
  if (ahead.length === 0) return [found("clock_ok", values)];
  const command = `{ sudo timedatectl set-ntp true || true; } && touch -c ${ahead.map(quote).join(" ")}`;
  return [found("clock_behind", values, command)];
};
