import { expect, test } from "bun:test";
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { examine } from "@/doctor/examine.ts";
import { setVariable } from "@/doctor/shell.ts";
import { systemClock } from "@/lib/clock.ts";

test("no command that a person may paste as root changes a device or a pipe", async () => {
  const root = newRoot();
  const pipe = join(root, "elsewhere/pipe");
  mkdirSync(join(root, "elsewhere"));
  mkdirSync(join(root, "own"));
  Bun.spawnSync(["mkfifo", pipe, `${pipe}.db`]);
  const environment = {
    OPENCLAW_BACKEND_ROOT: join(root, "own"),
    HOME: root,
    BACKEND_PORT: "1",
    BACKEND_HOST: "0.0.0.0",
    BACKEND_DB_PATH: `${pipe}.db`,
    BACKEND_AUDIT_PATH: pipe,
    BACKUP_DIR: pipe,
    ASTRBOT_CMD_CONFIG_PATH: pipe,
  };
  for (const BACKEND_ENV_FILE of ["/dev/null", pipe]) {
    const findings = await examine({ ...environment, BACKEND_ENV_FILE }, systemClock);
    const commands = findings.map(({ command }) => command.replaceAll("2>/dev/null", ""));
    expect(commands).toContain("unset BACKEND_DB_PATH");
    for (const command of commands) expect(command).not.toMatch(/(?:mv|sed|chmod|tail|>|<) [^&]*(?:\/dev\/|pipe)/);
  }
});

test("a settings file that is reached by a link is changed where it is", async () => {
  const root = newRoot();
  writeFileSync(join(root, "settings"), "BACKEND_PORT=1\nBACKEND_HOST=0.0.0.0\n", { mode: 0o600 });
  symlinkSync("settings", join(root, ".env"));
  const findings = await examine({ OPENCLAW_BACKEND_ROOT: root, HOME: root }, systemClock);
  const command = findings.find(({ kind }) => kind === "host_open")?.command ?? "";
  expect(command).toBe(setVariable(join(root, "settings"), "BACKEND_HOST", "127.0.0.1"));
  Bun.spawnSync(["sh", "-ec", command]);
  expect(lstatSync(join(root, ".env")).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(root, ".env"), "utf8")).toBe("BACKEND_PORT=1\nBACKEND_HOST=127.0.0.1\n");
});
