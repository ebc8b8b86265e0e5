import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { parseConfig } from "@/config.ts";
import { checkCodexHome, homeLimits } from "@/doctor/codex.ts";

const MIB = 1024 ** 2;

const setUp = () => {
  const home = newRoot();
  const config = parseConfig({ BACKEND_ENV_FILE: "/dev/null", OPENCLAW_BACKEND_ROOT: home, CODEX_HOME: home });
  const check = (limits = {}) => {
    const clock = createTestClock();
    const [finding] = checkCodexHome(config, clock, { ...homeLimits, ...limits });
    return { kind: finding?.kind, command: finding?.command, ...finding?.describe("en") };
  };
  const session = join(home, "sessions/2026/01/01/rollout-2026-01-01-x.jsonl");
  mkdirSync(join(session, ".."), { recursive: true });
  writeFileSync(session, Buffer.alloc(3 * MIB));
  writeFileSync(join(home, "logs_2.sqlite"), Buffer.alloc(MIB));
  return { home, session, check };
};

test("a large home is named with its largest parts and what may be deleted", () => {
  const { home, check } = setUp();
  const { kind, seen, fix, command } = check({ warnBytes: 4 * MIB });
  expect(kind).toBe("codex_home_large");
  expect(seen).toContain(home);
  expect(seen).toMatch(/4\.\d MiB \(sessions 3\.\d MiB, logs_2\.sqlite 1\.\d MiB/);
  expect(fix).toContain("logs_2.sqlite");
  expect(command).toContain("rollout-");
  expect(check().kind).toBe("codex_home_ok");
});

test("the printed command deletes old sessions only", () => {
  const { home, session, check } = setUp();
  const recent = `${session}.recent`;
  writeFileSync(recent, "");
  utimesSync(session, new Date("2026-01-01"), new Date("2026-01-01"));
  const { command = "" } = check({ warnBytes: 1 });
  Bun.spawnSync(["sh", "-c", command]);
  const left = Bun.spawnSync(["find", home, "-type", "f"]).stdout.toString();
  expect(left.trim().split("\n").toSorted()).toEqual([join(home, "logs_2.sqlite"), recent]);
});

test("links are not followed, a part that may not be read costs nothing, and no home is no finding", () => {
  const { home, check } = setUp();
  symlinkSync("/", join(home, "root"));
  symlinkSync(home, join(home, "sessions/again"));
  expect(check().seen).toMatch(/: 4\.\d MiB/);
  const config = parseConfig({ BACKEND_ENV_FILE: "/dev/null", CODEX_HOME: "/nonexistent" });
  expect(checkCodexHome(config, createTestClock())).toEqual([]);
});

test("the walk ends at its limit of entries, and says that it has not seen all", () => {
  const { check } = setUp();
  expect(check({ entries: 3 }).seen).toContain("> ");
});

test("the walk ends at its limit of time", () => {
  const { check } = setUp();
  expect(check({ ms: -1 }).seen).toContain("> ");
});
