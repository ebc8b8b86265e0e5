import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createMemoryGate, readAvailableKiB } from "@/gates/memory.ts";
import { toTimestamp } from "@/lib/clock.ts";
import { freeBytesAt, statsOf } from "@/lib/paths.ts";
import { formatBytes, formatMib } from "@/locales/format.ts";
import { diagnose, unitProblem } from "@/status/diagnose.ts";
import { BACKEND_UNIT, UNIT_FOLDER } from "@/systemd/units.ts";
import type { DoctorContext } from "./context.ts";
import { type Finding, fail, fromProblem, ok, orElse, warn } from "./finding.ts";
import { quote } from "./shell.ts";

export const DISK_FAIL_BYTES = 100 * 1024 ** 2;
export const DISK_WARN_BYTES = 500 * 1024 ** 2;
/** NTP corrects a clock by fractions of a second; a file further ahead was written under another time. */
const AHEAD_MS = 5 * 60_000;

export const checkMemory = (): Finding[] => {
  const memory = createMemoryGate(readAvailableKiB).view();
  const { available_mib: available, heavy_below_mib: heavy, read_only_below_mib: limit } = memory;
  return orElse(
    diagnose({ memory }).map((problem) => fromProblem(problem)),
    available === null ? ok("memory_unknown") : ok("memory_ok", { available: formatMib(available), heavy, limit }),
  );
};

export const checkDisk = ({ config }: DoctorContext): Finding => {
  const path = nearestExisting(dirname(config.dbPath));
  const freeBytes = freeBytesAt(path);
  const values = { path, free: formatBytes(freeBytes) };
  const command = `du -xh ${quote(path)} 2>/dev/null | sort -h | tail -20`;
  if (freeBytes < DISK_FAIL_BYTES) return fail("disk_full", values, command);
  return freeBytes < DISK_WARN_BYTES ? warn("disk_low", values, command) : ok("disk_ok", values);
};

const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(path)));

/** Detects a clock that was set back by files with future mtimes. */
export const checkClock = ({ config, envPath, clock }: DoctorContext): Finding => {
  const { dbPath, auditPath, logDir } = config;
  const now = clock.now();
  const ahead = [dbPath, auditPath, join(logDir, "backend.log"), envPath].filter(
    (path) => (statsOf(path)?.mtimeMs ?? 0) > now.getTime() + AHEAD_MS,
  );
  const values = { now: toTimestamp(now), files: ahead.join(" ") };
  const command = `{ sudo timedatectl set-ntp true || true; } && touch -c ${ahead.map(quote).join(" ")}`;
  return ahead.length === 0 ? ok("clock_ok", values) : warn("clock_behind", values, command);
};

export const checkUnits = ({ config: { root }, units, instance }: DoctorContext): Finding => {
  // Created by systemd only when it is the init process.
  if (!existsSync("/run/systemd/system")) return ok("unit_no_systemd");
  if (!units.backend) return ok("unit_none");
  // A unit that has been restarted by hand still counts its earlier restarts.
  const problem = instance.kind === "service_ok" ? undefined : unitProblem(BACKEND_UNIT, units.backend);
  if (problem) return fromProblem(problem);
  const path = join(UNIT_FOLDER, BACKEND_UNIT);
  const text = readFileSync(path, "utf8");
  const settingOf = (setting: string) => new RegExp(`^${setting}=(.*)$`, "m").exec(text)?.[1];
  const folder = settingOf("Environment=OPENCLAW_BACKEND_ROOT") ?? settingOf("WorkingDirectory") ?? "";
  if (folder === root) return ok("unit_ok", { path });
  return warn("unit_other", { path, folder, root }, "sudo bun run deploy:systemd --install");
};
