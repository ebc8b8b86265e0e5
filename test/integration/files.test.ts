import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { type ServiceChild, startChild, untilReady } from "@test/support/child.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { examine } from "@/doctor/examine.ts";
import { systemClock } from "@/lib/clock.ts";
import { ensureExecutable } from "../../scripts/executable.ts";

/** The form in which the service is run. */
const executable = await ensureExecutable();
const isRoot = process.getuid?.() === 0;

const start = (root: string, env: Record<string, string> = {}): ServiceChild => startChild([executable], { root, env });

/**
 * @param code of a wrong setting, unless trying again may help.
 * @returns what is printed by a service that does not start; a hang fails the test by its time.
 */
const refusal = async (root: string, env: Record<string, string> = {}, code = 78): Promise<string> => {
  const child = start(root, env);
  const stderr = await new Response(child.stderr).text();
  expect(await child.exited).toBe(code);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  return stderr;
};

const run = (...argv: string[]) => {
  const { success, stderr } = Bun.spawnSync(argv);
  if (!success) throw new Error(stderr.toString());
};

/** A device that answers as /dev/null does, and is the test's own. */
const makeDevice = (path: string) => {
  run("mknod", "-m", "666", path, "c", "1", "3");
  return path;
};
const makePipe = (path: string) => {
  run("mkfifo", "-m", "666", path);
  return path;
};
const makeSocket = (path: string) => {
  const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  Bun.spawnSync([process.execPath, "-e", script]);
  chmodSync(path, 0o666);
  return path;
};
const makeFolder = (path: string) => {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
  return path;
};
const makeLinkToDevice = (path: string) => {
  symlinkSync(makeDevice(`${path}.device`), path);
  return path;
};

const strangers = [
  ["a device", makeDevice, isRoot],
  ["a link to a device", makeLinkToDevice, isRoot],
  ["a named pipe", makePipe, true],
  ["a socket", makeSocket, true],
  ["a directory", makeFolder, true],
] as const;

const identityOf = ({ ino, mode, mtimeMs, rdev }: Stats) => ({ ino, mode, mtimeMs, rdev });

describe.each(strangers)("%s in the place of a file", (name, make, isPossible) => {
  const kind = name.replace("a link to ", "");
  test.skipIf(!isPossible).each(["BACKEND_DB_PATH", "BACKEND_AUDIT_PATH", "BACKEND_ENV_FILE"])(
    `that %s names is refused and left as it was${isPossible ? "" : " (left out: only root makes devices)"}`,
    async (setting) => {
      const root = newRoot();
      const path = make(join(root, "stranger"));
      const before = identityOf(statSync(path));

      const said = await refusal(root, { [setting]: path });

      expect(said).toStartWith(`Cannot start. ${setting}: ${path} is ${kind};`);
      expect(identityOf(statSync(path))).toEqual(before);
      expect(readdirSync(root).filter((entry) => entry.startsWith("stranger."))).toEqual(
        name.startsWith("a link") ? ["stranger.device"] : [],
      );
    },
  );

  test.skipIf(!isPossible).each([
    ["data/backend_state.db-wal", "BACKEND_DB_PATH"],
    ["data/backend_state.db-shm", "BACKEND_DB_PATH"],
    ["data/backend_state.db.lock", "BACKEND_DB_PATH"],
    ["logs/backend/backend.log", "BACKEND_LOG_DIR"],
    ["logs/backend/audit.jsonl", "BACKEND_AUDIT_PATH"],
    [".env", "BACKEND_ENV_FILE"],
  ])(
    `%s is refused by the name of its setting${isPossible ? "" : " (left out: only root makes devices)"}`,
    async (file, setting) => {
      const root = newRoot();
      mkdirSync(dirname(join(root, file)), { recursive: true });
      const path = make(join(root, file));
      const before = identityOf(statSync(path));
      expect(await refusal(root)).toStartWith(`Cannot start. ${setting}: ${path} is ${kind};`);
      expect(identityOf(statSync(path))).toEqual(before);
    },
  );
});

test.each(["BACKEND_LOG_DIR", "BACKUP_DIR"])("a pipe in the place of the folder %s is refused", async (setting) => {
  const root = newRoot();
  const path = makePipe(join(root, "pipe"));
  expect(await refusal(root, { [setting]: path })).toContain(
    `${setting}: ${path} is a named pipe; it must be a folder.`,
  );
});

test("two settings that lead to one file are refused, also through links", async () => {
  const root = newRoot();
  mkdirSync(join(root, "data"));
  writeFileSync(join(root, "audit"), "");
  symlinkSync("../audit", join(root, "data/backend_state.db"));
  expect(await refusal(root, { BACKEND_AUDIT_PATH: join(root, "audit") })).toContain(
    "BACKEND_AUDIT_PATH and BACKEND_DB_PATH lead to the same file",
  );
  const other = newRoot();
  expect(await refusal(other, { BACKEND_AUDIT_PATH: join(other, ".env") })).toContain(
    "BACKEND_AUDIT_PATH and BACKEND_ENV_FILE lead to the same file",
  );
});

test("an env file that is a link to nothing is refused", async () => {
  const root = newRoot();
  symlinkSync("nowhere", join(root, ".env"));
  expect(await refusal(root, {}, 1)).toContain("it is a link to nothing");
});

describe("a second instance is refused", () => {
  const ways: Record<string, (root: string) => string> = {
    "by a link to the file"(root) {
      symlinkSync(join(root, "data/backend_state.db"), join(root, "link.db"));
      return join(root, "link.db");
    },
    "by a link to the folder"(root) {
      symlinkSync(join(root, "data"), join(root, "folder"));
      return join(root, "folder/backend_state.db");
    },
    "by a hard link"(root) {
      mkdirSync(join(root, "elsewhere"));
      linkSync(join(root, "data/backend_state.db"), join(root, "elsewhere/state.db"));
      return join(root, "elsewhere/state.db");
    },
    "by a path with detours": (root) => `${root}/data/../data/./backend_state.db`,
    "after the lock file was deleted"(root) {
      rmSync(join(root, "data/backend_state.db.lock"));
      return join(root, "data/backend_state.db");
    },
    "after the lock file was replaced"(root) {
      writeFileSync(join(root, "new.lock"), "");
      renameSync(join(root, "new.lock"), join(root, "data/backend_state.db.lock"));
      return join(root, "data/backend_state.db");
    },
    "by a link, after both locks were deleted"(root) {
      rmSync(join(root, "data/backend_state.db.lock"));
      symlinkSync("data/backend_state.db", join(root, "link.db"));
      return join(root, "link.db");
    },
  };

  test.each(Object.entries(ways))("%s", async (_name, nameAgain) => {
    const root = newRoot();
    await untilReady(start(root));
    const env = { BACKEND_DB_PATH: nameAgain(root), BACKEND_ENV_FILE: join(root, ".env") };
    expect(await refusal(newRoot(), env, 1)).toContain("Another instance is using");
    expect((await createRestoreOf(root, env.BACKEND_DB_PATH)).stderr).toContain("服务正在使用");
  });

  test.skipIf(!isRoot)(`through a bind mount${isRoot ? "" : " (left out: only root mounts)"}`, async () => {
    const root = newRoot();
    await untilReady(start(root));
    rmSync(join(root, "data/backend_state.db.lock"));
    const script = 'mkdir "$0/seen" && mount --bind "$0/data" "$0/seen" && exec "$@"';
    const argv = ["unshare", "-m", "sh", "-ec", script, root, executable];
    const env = { BACKEND_DB_PATH: join(root, "seen/backend_state.db") };
    const child = startChild(argv, { root: newRoot(), env });
    expect(await new Response(child.stderr).text()).toContain("Another instance is using");
    expect(await child.exited).toBe(1);
  });

  test("but not once the first has been killed", async () => {
    const root = newRoot();
    const first = start(root);
    await untilReady(first);
    first.kill("SIGKILL");
    await first.exited;
    await untilReady(start(root));
  });

  const createRestoreOf = async (root: string, dbPath: string) => {
    const backup = Bun.spawn([executable, "backup"], {
      env: { OPENCLAW_BACKEND_ROOT: root },
    });
    expect(await backup.exited).toBe(0);
    const name = readdirSync(join(root, "backups")).find((entry) => entry.endsWith(".db")) ?? "";
    const argv = [executable, "restore", join(root, "backups", name)];
    const child = Bun.spawn(argv, { env: { OPENCLAW_BACKEND_ROOT: root, BACKEND_DB_PATH: dbPath }, stderr: "pipe" });
    return { exitCode: await child.exited, stderr: await new Response(child.stderr).text() };
  };
});

describe("a database with a second name", () => {
  test("is refused, with a command that finds it", async () => {
    const root = newRoot();
    const app = createTestApp({ root });
    await app.stop();
    linkSync(app.config.dbPath, join(root, "data/second.db"));
    expect(await refusal(root, {}, 1)).toContain(`find ${join(root, "data")} -samefile`);
  });

  test("that a cut-off restore gave it is opened, and the second name taken away", async () => {
    const root = newRoot();
    const app = createTestApp({ root });
    await app.submit({ task: "kept" });
    await app.stop();
    const kept = `${app.config.dbPath}.replaced-20261125T080000Z`;
    linkSync(app.config.dbPath, kept);
    const again = createTestApp({ root });
    expect(existsSync(kept)).toBe(false);
    expect((await readJson(await again.api("/executor/jobs"))).jobs).toHaveLength(1);
  });
});

describe("a database that loses its name while it is open", () => {
  const losses: Record<string, (path: string) => void> = {
    "by deletion": (path) => rmSync(path),
    "by being moved": (path) => renameSync(path, `${path}.moved`),
    "by another file"(path) {
      copyFileSync(path, `${path}.copy`);
      renameSync(`${path}.copy`, path);
    },
    "with its folder": (path) => renameSync(dirname(path), `${dirname(path)}.moved`),
    "with its write-ahead log": (path) => rmSync(`${path}-wal`),
    "with its index": (path) => rmSync(`${path}-shm`),
  };

  const startApp = async (root = newRoot(), env: Record<string, string> = {}) => {
    const clock = createTestClock();
    const app = createTestApp({ root, env, clock });
    await app.container.start();
    const readyz = async () => (await app.request("/readyz")).status;
    return { ...app, clock, readyz };
  };

  test.each(Object.entries(losses))("%s, takes no job, is not ready, and says so on the page", async (_name, lose) => {
    const app = await startApp();
    expect(await app.readyz()).toBe(200);

    lose(app.config.dbPath);

    const refused = await app.api("/executor/jobs", { task: "lost?", cwd: "/tmp" });
    expect([refused.status, (await readJson(refused)).error_code]).toEqual([503, "database_unavailable"]);
    expect((await app.api("/models/import-astr", { providers: [{ id: "a", model: "b" }] })).status).toBe(503);
    const readiness = await app.request("/readyz");
    expect([readiness.status, await readJson(readiness)]).toEqual([503, { ok: false, reason: "database" }]);
    expect(await (await app.request("/web/status")).text()).toContain("数据库文件已不在原处");
    const { state } = await readJson(await app.api("/status"));
    expect(state.database).toEqual({ writable: false, in_place: false });
  });

  test("works on when it is moved back, or when a link leads to it", async () => {
    const app = await startApp();
    const { dbPath } = app.config;
    renameSync(dbPath, `${dbPath}.moved`);
    expect((await app.api("/executor/jobs", { task: "one", cwd: "/tmp" })).status).toBe(503);
    symlinkSync(`${dbPath}.moved`, dbPath);
    expect((await app.api("/executor/jobs", { task: "two", cwd: "/tmp" })).status).toBe(200);
    rmSync(dbPath);
    renameSync(`${dbPath}.moved`, dbPath);
    await app.clock.advance(10_000);
    expect(await app.readyz()).toBe(200);
  });

  test("by a link that is turned to another file", async () => {
    const root = newRoot();
    mkdirSync(join(root, "one"));
    symlinkSync("one/state.db", join(root, "state.db"));
    const app = await startApp(root, { BACKEND_DB_PATH: join(root, "state.db") });
    expect(readdirSync(join(root, "one"))).toContain("state.db");
    copyFileSync(join(root, "one/state.db"), join(root, "two.db"));
    rmSync(join(root, "state.db"));
    symlinkSync("two.db", join(root, "state.db"));
    expect((await app.api("/executor/jobs", { task: "one", cwd: "/tmp" })).status).toBe(503);
  });

  test("keeps what it had: in the file that was moved away, and in the file whose log was deleted", async () => {
    const app = await startApp();
    const { dbPath } = app.config;
    await app.api("/models/import-astr", { providers: [{ id: "kept", model: "m" }] });
    rmSync(`${dbPath}-wal`);
    await app.stop();
    const modelsIn = (path: string) => new Database(path).query("SELECT provider_id AS id FROM model_snapshots").all();
    expect(modelsIn(dbPath)).toEqual([{ id: "kept" }]);

    const again = await startApp(app.root);
    await again.api("/models/import-astr", { providers: [{ id: "newer", model: "m" }] });
    copyFileSync(dbPath, `${dbPath}.copy`);
    renameSync(dbPath, `${dbPath}.moved`);
    renameSync(`${dbPath}.copy`, dbPath);
    await again.stop();
    expect(modelsIn(`${dbPath}.moved`)).toEqual([{ id: "newer" }]);
    // The log of the one that was moved is not applied to the copy.
    expect(modelsIn(dbPath)).toEqual([{ id: "kept" }]);
  });

  test("is not lost because others read it, back it up, or check it", async () => {
    const app = await startApp();
    for (let n = 0; n < 3; n++) {
      const other = new Database(app.config.dbPath);
      other.query("SELECT count(*) FROM executor_jobs").all();
      other.run("PRAGMA wal_checkpoint(PASSIVE)");
      other.close();
    }
    const argv = [executable, "backup"];
    expect(await Bun.spawn(argv, { env: { OPENCLAW_BACKEND_ROOT: app.root } }).exited).toBe(0);
    expect((await app.api("/executor/jobs", { task: "one", cwd: "/tmp" })).status).toBe(200);
    expect(await app.readyz()).toBe(200);
  });

  test("is named by the doctor, also when the whole folder has gone", async () => {
    const root = newRoot();
    const printed = await untilReady(start(root));
    const used = new URL(printed.trimEnd().split("\n").at(-1) ?? "").port;
    const env = { OPENCLAW_BACKEND_ROOT: root, HOME: root, BACKEND_PORT: used, PATH: process.env.PATH ?? "" };
    const kinds = async () => (await examine(env, systemClock)).map(({ kind }) => kind);
    expect(await kinds()).not.toContain("database_replaced");
    rmSync(join(root, "data/backend_state.db.lock"));
    expect(await kinds()).toContain("service_ok");
    rmSync(join(root, "data"), { recursive: true });
    await Bun.sleep(1100);
    expect(await kinds()).toContain("database_replaced");
  });
});

describe("while the service runs, a log", () => {
  const inPlaceOf: Record<string, (path: string) => void> = {
    "a pipe": (path) => void makePipe(path),
    "a link to a device": (path) => void makeLinkToDevice(path),
    "a directory": (path) => void makeFolder(path),
  };

  test.skipIf(!isRoot).each(Object.entries(inPlaceOf))(
    "that becomes %s is not written, and that is told; a file in its place is taken up",
    async (_name, make) => {
      const clock = createTestClock();
      const app = createTestApp({ clock });
      await app.container.start();
      const { auditPath } = app.config;
      await app.api("/executor/jobs", { task: "one", cwd: "/tmp" });
      rmSync(auditPath);
      make(auditPath);
      const mode = statSync(auditPath).mode;

      expect((await app.api("/executor/jobs", { task: "two", cwd: "/tmp" })).status).toBe(200);
      expect(statSync(auditPath).mode).toBe(mode);
      const view = (await readJson(await app.api("/status"))).state.audit;
      expect(view).toMatchObject({ ok: false, last_error: expect.stringContaining("not a regular file") });
      expect((await app.request("/web/audit", { headers: { cookie: await app.logIn() } })).status).toBe(200);

      rmSync(auditPath, { recursive: true });
      await app.api("/executor/jobs", { task: "three", cwd: "/tmp" });
      expect(lstatSync(auditPath).isFile()).toBe(true);
      expect(app.auditRecords().at(-1)).toMatchObject({ action_type: "backend_exec_job" });
    },
  );

  test("that was moved away, as logrotate does, is begun anew", async () => {
    const app = createTestApp();
    await app.api("/executor/jobs", { task: "one", cwd: "/tmp" });
    renameSync(app.config.auditPath, `${app.config.auditPath}.moved`);
    await app.api("/executor/jobs", { task: "two", cwd: "/tmp" });
    expect(readFileSync(app.config.auditPath, "utf8").trimEnd().split("\n")).toHaveLength(1);
  });
});
