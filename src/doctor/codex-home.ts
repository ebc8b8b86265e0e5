import { lstatSync, opendirSync } from "node:fs";
import { join } from "node:path";
import { codexHomeOf, runAsFor } from "@/executor/environment.ts";
import type { Clock } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import { freeBytesAt, statsOf } from "@/lib/paths.ts";
import { formatBytes } from "@/locales/format.ts";
import type { DoctorContext } from "./context.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { DISK_FAIL_BYTES, DISK_WARN_BYTES } from "./host.ts";
import { quote } from "./shell.ts";

const BYTES_PER_BLOCK = 512;
const MAX_LISTED = 3;

/** A walk of a home of any size ends, and the sum is then a lower bound. */
export const homeLimits = { warnBytes: 2 * 1024 ** 3, entries: 100_000, ms: 2000 };

/** The size of CODEX_HOME and the free space of its disk: Codex itself never deletes a session or a log. */
export const checkCodexHome = ({ config, clock }: Pick<DoctorContext, "config" | "clock">, limits = homeLimits) => {
  const home = codexHomeOf(runAsFor(config).environment);
  if (!statsOf(home)?.isDirectory()) return [];
  const parts = measureParts(home, limits, clock);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const freeBytes = freeBytesAt(home);
  const largest = parts.toSorted((a, b) => b.bytes - a.bytes).slice(0, MAX_LISTED);
  const values = {
    path: home,
    size: (parts.some(({ isWhole }) => !isWhole) ? "> " : "") + formatBytes(total),
    free: formatBytes(freeBytes),
    parts: largest.map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`).join(", "),
  };
  const sessions = ["sessions", "archived_sessions"].map((name) => quote(join(home, name))).join(" ");
  const command = `find ${sessions} -name 'rollout-*' -mtime +30 -delete`;
  const findings: Finding[] = [];
  if (freeBytes < DISK_WARN_BYTES) {
    findings.push((freeBytes < DISK_FAIL_BYTES ? fail : warn)("codex_home_disk", values, command));
  }
  if (total >= limits.warnBytes) findings.push(warn("codex_home_large", values, command));
  return findings.length > 0 ? findings : [ok("codex_home_ok", values)];
};

/** What each entry of the folder takes on the disk; links are not followed. */
const measureParts = (folder: string, limits: typeof homeLimits, clock: Clock) => {
  const deadlineMs = clock.monotonicMs() + limits.ms;
  let left = limits.entries;
  const measure = (path: string): { bytes: number; isWhole: boolean } => {
    let bytes = 0;
    for (const pending = [path]; pending.length > 0; ) {
      const next = pending.pop() ?? "";
      if (left-- <= 0 || clock.monotonicMs() > deadlineMs) return { bytes, isWhole: false };
      const stats = attempt(() => lstatSync(next), undefined);
      bytes += (stats?.blocks ?? 0) * BYTES_PER_BLOCK;
      if (stats?.isDirectory()) pending.push(...namesIn(next, left));
    }
    return { bytes, isWhole: true };
  };
  return namesIn(folder, left).map((path) => ({ name: path.slice(folder.length + 1), ...measure(path) }));
};

/** At most `limit` paths; none of a folder that is gone or another user's. */
const namesIn = (folder: string, limit: number): string[] => {
  const paths: string[] = [];
  attempt(() => {
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry !== null && paths.length < limit; entry = entries.readSync()) {
        paths.push(join(folder, entry.name));
      }
    } finally {
      entries.closeSync();
    }
  }, undefined);
  return paths;
};
