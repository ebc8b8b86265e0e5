import { existsSync, readFileSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createMemoryGate, readAvailableKiB } from "@/gates/memory.ts";
import { toTimestamp } from "@/lib/clock.ts";
import { statsOf } from "@/lib/paths.ts";
import { formatBytes } from "@/locales/format.ts";
import { diagnose } from "@/status/diagnose.ts";
import { BACKEND_UNIT, UNIT_FOLDER } from "@/systemd/units.ts";
import type { DoctorContext } from "./context.ts";
import { createFindings, type Finding, fromProblem } from "./finding.ts";
import { quote } from "./shell.ts";

const MIB = 1024 ** 2;
const DISK_FAIL_BYTES = 100 * MIB;
const DISK_WARN_BYTES = 500 * MIB;
/** NTP corrects a clock by fractions of a second; a file further ahead was written under another time. */
const AHEAD_MS = 5 * 60_000;
/** Created by systemd only when it is the init process. */
const SYSTEMD_RUNS = "/run/systemd/system";

export const checkMemory = (): Finding[] => {
  const memory = createMemoryGate(readAvailableKiB).view();
  const problems = diagnose({ memory });
  if (problems.length > 0) return problems.map((problem) => fromProblem(problem));
  const { available_mib: available, heavy_below_mib: heavy, read_only_below_mib: limit } = memory;
  return [available === null ? ok("memory_unknown") : ok("memory_ok", { available, heavy, limit })];
};

export const checkDisk = ({ config }: DoctorContext): Finding[] => {
  const path = nearestExisting(dirname(config.dbPath));
  const { bavail, bsize } = statfsSync(path);
  const freeBytes = bavail * bsize;
  const values = { path, free: formatBytes(freeBytes) };
  const command = `du -xh ${quote(path)} 2>/dev/null | sort -h | tail -20`;
  if (freeBytes < DISK_FAIL_BYTES) return [fail("disk_full", values, command)];
  return [freeBytes < DISK_WARN_BYTES ? warn("disk_low", values, command) : ok("disk_ok", values)];
};

const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(path)));

/** Detects a clock that was set back by files with future mtimes. */
export const checkClock = ({ config, envPath, clock }: DoctorContext): Finding[] => {
  const { dbPath, auditPath, logDir } = config;
  const now = clock.now();
  const ahead = [dbPath, auditPath, join(logDir, "backend.log"), envPath].filter(
    (path) => (statsOf(path)?.mtimeMs ?? 0) > now.getTime() + AHEAD_MS,
  );
  const values = { now: toTimestamp(now), files: ahead.join(" ") };
  const command = `{ sudo timedatectl set-ntp true || true; } && touch -c ${ahead.map(quote).join(" ")}`;
  return [ahead.length === 0 ? ok("clock_ok", values) : warn("clock_behind", values, command)];
};

export const checkUnit = ({ config: { root }, units }: DoctorContext): Finding[] => {
  if (!existsSync(SYSTEMD_RUNS)) return [ok("unit_no_systemd")];
  if (!units.backend) return [ok("unit_none")];
  const path = join(UNIT_FOLDER, BACKEND_UNIT);
  const folder = /^WorkingDirectory=(.*)$/m.exec(readFileSync(path, "utf8"))?.[1] ?? "";
  if (folder === root) return [ok("unit_ok", { path })];
  return [warn("unit_other", { path, folder, root }, "sudo bun run deploy:systemd --install")];
};

const { ok, warn, fail } = createFindings({
  "zh-CN": {
    "memory_ok.seen": "可用内存 {available} MiB（低于 {heavy} 拒绝重任务，低于 {limit} 只读）",
    "memory_unknown.seen": "无法读取 /proc/meminfo：内存门限不生效",
    "disk_ok.seen": "磁盘剩余 {free}（{path}）",
    "disk_low.seen": "磁盘只剩 {free}（{path}）",
    "disk_low.cause": "日志、备份和数据库很快会写不下。",
    "disk_low.fix": "看看什么占了空间，清理它。",
    "disk_full.seen": "磁盘几乎已满：只剩 {free}（{path}）",
    "disk_full.cause": "数据库和日志随时会写入失败。",
    "disk_full.fix": "看看什么占了空间，清理它。",
    "clock_ok.seen": "时钟正常：{now}",
    "clock_behind.seen": "现在是 {now}，但这些文件的时间在未来：{files}",
    "clock_behind.cause": "系统时钟被调回过，或现在是错的；保留期限和熔断计时会出错。",
    "clock_behind.fix": "先校准时钟，再把文件时间改为现在。",
    "unit_ok.seen": "systemd 单元：{path}",
    "unit_none.seen": "没有安装 systemd 单元（bun run deploy:systemd）",
    "unit_no_systemd.seen": "此主机没有运行 systemd",
    "unit_other.seen": "{path} 启动的是 {folder}，不是 {root}",
    "unit_other.cause": "项目目录搬过家。",
    "unit_other.fix": "重新安装单元。",
  },
  en: {
    "memory_ok.seen": "{available} MiB of memory available (heavy work stops below {heavy}, writes below {limit})",
    "memory_unknown.seen": "/proc/meminfo cannot be read: the memory gates are open",
    "disk_ok.seen": "{free} free on the disk of {path}",
    "disk_low.seen": "Only {free} free on the disk of {path}",
    "disk_low.cause": "Logs, backups and the database will soon not fit.",
    "disk_low.fix": "Find what uses the space and clear it.",
    "disk_full.seen": "The disk of {path} is almost full: {free} free",
    "disk_full.cause": "Writes to the database and the logs can fail at any moment.",
    "disk_full.fix": "Find what uses the space and clear it.",
    "clock_ok.seen": "The clock is plausible: {now}",
    "clock_behind.seen": "It is {now}, but these files have future times: {files}",
    "clock_behind.cause": "The clock was set back, or is wrong now; retention and the breaker's timer are affected.",
    "clock_behind.fix": "Set the clock, then set the files' times to now.",
    "unit_ok.seen": "systemd unit: {path}",
    "unit_none.seen": "No systemd unit is installed (bun run deploy:systemd)",
    "unit_no_systemd.seen": "This host does not run systemd",
    "unit_other.seen": "{path} starts {folder}, not {root}",
    "unit_other.cause": "The project was moved.",
    "unit_other.fix": "Install the unit again.",
  },
});
