import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { createTestApp, newRoot, readJson } from "@test/support/app.ts";
import { createPredecessorDatabase } from "@test/support/predecessor.ts";
import { backUp } from "@/backup/backup.ts";
import { createBackupChild } from "@/backup/daily.ts";
import { listBackups } from "@/backup/folder.ts";
import type { RefusalCode } from "@/backup/refusal.ts";
import { restore } from "@/backup/restore.ts";
import { foldLog } from "@/db/copy.ts";
import { inspectDatabase } from "@/db/inspect.ts";
import { lockName } from "@/db/lock.ts";
import { noSubreaper } from "@/executor/subreaper.ts";
import { systemClock } from "@/lib/clock.ts";

const MAIN = resolve(import.meta.dir, "../../src/main.ts");
const DIE_AFTER_FILE_CHANGE = resolve(import.meta.dir, "../support/die-after-file-change.ts");
const AT = new Date("2026-11-25T08:00:00Z");

const pathsIn = (root: string) => ({ dbPath: join(root, "data/backend_state.db"), folder: join(root, "backups") });
const backUpNow = (root: string, now = AT, keep = 7) => backUp({ ...pathsIn(root), keep, now });
const restoreNow = (root: string, file: string) => restore({ file, dbPath: pathsIn(root).dbPath, now: AT });

const refusal = (act: () => unknown): RefusalCode | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as { code?: RefusalCode }).code;
  }
};

const importModels = (app: ReturnType<typeof createTestApp>, ...ids: string[]) =>
  app.api("/models/import-astr", { providers: ids.map((id) => ({ id, model: "m" })) });

const modelsOf = async (app: ReturnType<typeof createTestApp>): Promise<string[]> =>
  (await readJson(await app.api("/models"))).models.map((row: { provider_id: string }) => row.provider_id);

/** The service's data with these models and one finished job, stopped. */
const rootWith = async (...ids: string[]): Promise<string> => {
  const app = createTestApp();
  await importModels(app, ...ids);
  await app.container.worker.start();
  await app.untilEnded(await app.submit({ task: "hello" }));
  await app.stop();
  foldLog(app.config.dbPath);
  return app.root;
};

/** As the file holds them, without opening it as the service does. */
const modelsIn = (root: string, name = "data/backend_state.db"): string[] => {
  const database = new Database(join(root, name));
  const rows = database.query<{ id: string }, []>("SELECT provider_id AS id FROM model_snapshots").all();
  database.close();
  return rows.map(({ id }) => id);
};

describe("a backup", () => {
  test("touches nothing else in a folder that others use too", async () => {
    const root = await rootWith("one");
    const { folder } = pathsIn(root);
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(join(folder, "download.unfinished"), "somebody else's");
    const { path } = backUpNow(root);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(join(folder, "download.unfinished"))).toBe(true);
  });

  test("never gives up the newest for those that claim to be from the future", async () => {
    const root = await rootWith("one");
    const future = backUpNow(root, new Date(AT.getTime() + 1e9)).path;
    const { path } = backUpNow(root, AT, 1);
    expect(listBackups(join(root, "backups")).map((backup) => backup.path)).toEqual([path]);
    expect(existsSync(future)).toBe(false);
  });

  test("is a whole database that only its owner can read, made while the service runs", async () => {
    const app = createTestApp();
    await importModels(app, "one");

    const { path, jobs } = backUpNow(app.root);

    expect(inspectDatabase(path)).toMatchObject({ kind: "ours", jobs });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(app.root, "backups")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(app.root, "backups")).filter((name) => name.startsWith("backend_state"))).toHaveLength(1);
    await importModels(app, "two");
    expect(await modelsOf(app)).toEqual(["two"]);
  });

  test("makes room by removing the oldest, and nothing that is not its own", async () => {
    const root = await rootWith("one");
    mkdirSync(join(root, "backups"));
    writeFileSync(join(root, "backups/notes.txt"), "mine");
    for (const day of [1, 2, 3, 4]) backUpNow(root, new Date(Date.UTC(2026, 10, day)), 2);

    expect(listBackups(join(root, "backups")).map(({ at }) => at.getUTCDate())).toEqual([4, 3]);
    expect(existsSync(join(root, "backups/notes.txt"))).toBe(true);
  });

  test("never takes the name of another one of the same second, and keeps the order and the number", async () => {
    const root = await rootWith("one");
    const { folder } = pathsIn(root);
    const made = Array.from({ length: 12 }, () => backUpNow(root, AT, 20).path);
    expect(new Set(made).size).toBe(12);
    for (const path of made) expect(inspectDatabase(path).kind).toBe("ours");
    expect(listBackups(folder).map(({ path }) => path)).toEqual(made.toReversed());
    expect(listBackups(folder).every(({ at }) => at.getTime() === AT.getTime())).toBe(true);

    const { path, removed } = backUpNow(root, AT, 3);
    expect(listBackups(folder).map((backup) => backup.path)).toEqual([path, made[11], made[10]] as string[]);
    expect(removed).toHaveLength(10);
  });

  test("of two processes at once is refused or kept, and none is lost", async () => {
    const root = await rootWith("one");
    const children = Array.from({ length: 5 }, () =>
      Bun.spawn([process.execPath, "--no-env-file", MAIN, "backup"], {
        env: { OPENCLAW_BACKEND_ROOT: root, HOME: root },
        stdout: "pipe",
        stderr: "pipe",
      }),
    );
    const codes = await Promise.all(children.map((child) => child.exited));
    const done = codes.filter((code) => code === 0).length;
    expect(done).toBeGreaterThan(0);
    const backups = listBackups(pathsIn(root).folder);
    expect(backups).toHaveLength(done);
    for (const { path } of backups) expect(inspectDatabase(path).kind).toBe("ours");
  });

  test("goes to a folder that is reached by a link, of a database that is reached by one", async () => {
    const root = await rootWith("one");
    mkdirSync(join(root, "disk"));
    symlinkSync("disk", join(root, "backups"));
    symlinkSync("data/backend_state.db", join(root, "link.db"));
    const { path } = backUp({ dbPath: join(root, "link.db"), folder: join(root, "backups"), keep: 1, now: AT });
    expect(readdirSync(join(root, "disk"))).toContain(basename(path));
  });

  test("does not count, nor remove, what only has the name of one", async () => {
    const root = await rootWith("one");
    const { folder } = pathsIn(root);
    const strange = join(folder, "backend_state-20200101T000000Z.db");
    mkdirSync(strange, { recursive: true });
    backUpNow(root, AT, 1);
    backUpNow(root, AT, 1);
    expect(listBackups(folder)).toHaveLength(1);
    expect(existsSync(strange)).toBe(true);
  });

  test("of a damaged database is refused, and removes no good one", async () => {
    const root = await rootWith("one");
    const { path } = backUpNow(root, AT, 1);
    truncateSync(pathsIn(root).dbPath, 8192);

    expect(refusal(() => backUpNow(root, new Date("2026-11-26T08:00:00Z"), 1))).toBe("backup_source_bad");
    expect(inspectDatabase(path).kind).toBe("ours");
  });

  test("is refused while another one runs", async () => {
    const root = await rootWith("one");
    backUpNow(root);
    const release = lockName(join(pathsIn(root).folder, "backup"));

    expect(refusal(() => backUpNow(root))).toBe("backup_running");
    release();
    expect(refusal(() => backUpNow(root))).toBeUndefined();
  });
});

describe("a restore", () => {
  test("brings back what was there, and keeps what it replaced", async () => {
    const root = await rootWith("old");
    const { path } = backUpNow(root);
    const later = createTestApp({ root });
    await importModels(later, "new");
    await later.stop();

    const { kept } = restoreNow(root, path);

    expect(modelsIn(root)).toEqual(["old"]);
    if (kept === undefined) throw new Error("nothing was kept");
    restoreNow(root, kept);
    expect(modelsIn(root)).toEqual(["new"]);
    expect(statSync(pathsIn(root).dbPath).mode & 0o777).toBe(0o600);
  });

  test("keeps the link that the database is reached by, and replaces what it leads to", async () => {
    const root = await rootWith("old");
    const { path } = backUpNow(root);
    const { dbPath } = pathsIn(root);
    mkdirSync(join(root, "disk"));
    renameSync(dbPath, join(root, "disk/state.db"));
    symlinkSync("../disk/state.db", dbPath);
    const later = createTestApp({ root });
    await importModels(later, "new");
    await later.stop();

    const { kept } = restoreNow(root, path);

    expect(readlinkSync(dbPath)).toBe("../disk/state.db");
    expect([modelsIn(root), modelsIn(root, "disk/state.db")]).toEqual([["old"], ["old"]]);
    expect(kept).toStartWith(join(root, "disk/state.db.replaced-"));
    expect(modelsIn(root, `disk/${basename(kept ?? "")}`)).toEqual(["new"]);
    const restored = createTestApp({ root });
    expect(await modelsOf(restored)).toEqual(["old"]);
  });

  test("is refused of the database itself by whatever name", async () => {
    const root = await rootWith("one");
    const { dbPath } = pathsIn(root);
    symlinkSync(dbPath, join(root, "link.db"));
    linkSync(dbPath, join(root, "hard.db"));
    for (const name of ["link.db", "hard.db"]) {
      expect(refusal(() => restoreNow(root, join(root, name)))).toBe("restore_file_same");
    }
  });

  test("never lets a job run again that was waiting when the backup was made", async () => {
    const app = createTestApp();
    const jobId = await app.submit({ task: "only once" });
    const { path } = backUpNow(app.root);
    await app.stop();

    expect(restoreNow(app.root, path).interrupted).toBe(1);

    const restored = createTestApp({ root: app.root });
    expect(await restored.job(jobId)).toMatchObject({ state: "failed", error_code: "interrupted", started_at: null });
  });

  test.each(["whole", "damaged"])("lifts the change feed above that of the replaced file (%s)", async (state) => {
    const app = createTestApp();
    const kept = await app.submit({ task: "kept" });
    const { path } = backUpNow(app.root);
    for (let n = 0; n < 5; n++) await app.submit({ task: "lost" });
    const feedOf = async (since: number, { api } = app) => readJson(await api(`/executor/jobs?since=${since}`));
    const { next_since } = await feedOf(0);
    await app.stop();
    if (state === "damaged") writeFileSync(pathsIn(app.root).dbPath, "damaged");
    restoreNow(app.root, path);

    const restored = createTestApp({ root: app.root });
    const changed = await feedOf(next_since, restored);
    expect(changed).toMatchObject({ jobs: [{ job_id: kept }], reset: false });
    const added = await restored.submit({ task: "new" });
    expect((await feedOf(changed.next_since, restored)).jobs).toMatchObject([{ job_id: added }]);
  });

  test("is refused while the service runs", async () => {
    const app = createTestApp();
    await importModels(app, "one");
    const { path } = backUpNow(app.root);

    expect(refusal(() => restoreNow(app.root, path))).toBe("restore_in_use");
    expect(await modelsOf(app)).toEqual(["one"]);
  });

  test("replaces a damaged database and keeps its pieces", async () => {
    const root = await rootWith("one");
    const { dbPath } = pathsIn(root);
    const { path } = backUpNow(root);
    writeFileSync(dbPath, "no database");
    writeFileSync(`${dbPath}-wal`, "no log");

    const { kept } = restoreNow(root, path);

    expect(modelsIn(root)).toEqual(["one"]);
    expect([kept, `${kept}-wal`].map((file) => readFileSync(file ?? "", "utf8"))).toEqual(["no database", "no log"]);
  });

  test("takes a file of the predecessor", async () => {
    const root = newRoot();
    mkdirSync(join(root, "data"));
    createPredecessorDatabase(join(root, "python.db"));

    expect(restoreNow(root, join(root, "python.db"))).toMatchObject({ kept: undefined, jobs: 300, interrupted: 0 });
    expect(modelsIn(root)).toHaveLength(20);
  });

  test("refuses what is not fit, and touches nothing", async () => {
    const root = await rootWith("one");
    const { dbPath } = pathsIn(root);
    const { path } = backUpNow(root);
    const before = readFileSync(dbPath);
    const file = (name: string) => join(root, name);
    writeFileSync(file("broken.db"), readFileSync(path).subarray(0, 20_000));
    new Database(file("foreign.db")).run("CREATE TABLE notes (text)");
    copyFileSync(path, file("newer.db"));
    new Database(file("newer.db")).run(
      "INSERT INTO __drizzle_migrations SELECT id, 'x', created_at FROM __drizzle_migrations",
    );

    expect(
      ["missing.db", "broken.db", "foreign.db", "newer.db"].map((name) => refusal(() => restoreNow(root, file(name)))),
    ).toEqual(["restore_file_missing", "restore_file_broken", "restore_file_foreign", "restore_file_newer"]);
    expect(refusal(() => restoreNow(root, dbPath))).toBe("restore_file_same");
    expect(readFileSync(dbPath).equals(before)).toBe(true);
  });

  test("sends no message that waited when the backup was made", async () => {
    const env = { NOTIFY_WEBHOOK_URL: "http://hook.example/x" };
    const app = createTestApp({ env });
    await app.container.worker.start();
    await app.untilEnded(await app.submit({ task: "x", notify: true }));
    const { path } = backUpNow(app.root);
    expect(app.container.notifier.view()).toMatchObject([{ waiting: 1 }]);
    await app.stop();
    restoreNow(app.root, path);

    const restored = createTestApp({ env, root: app.root });
    expect(restored.container.notifier.view()).toMatchObject([{ waiting: 0 }]);
  });
});

describe("kill -9 after any change to files", () => {
  const dieAfter = async (changes: number, root: string, ...args: string[]) => {
    const argv = [process.execPath, "--no-env-file", "--preload", DIE_AFTER_FILE_CHANGE, MAIN, ...args];
    const child = Bun.spawn(argv, {
      env: { OPENCLAW_BACKEND_ROOT: root, HOME: root, DIE_AFTER: String(changes) },
      stdout: "ignore",
      stderr: "inherit",
    });
    await child.exited;
    return child.signalCode === "SIGKILL";
  };

  test("of a backup leaves the database and every finished backup whole, and the next one clears up", async () => {
    const root = await rootWith("one");
    const { folder } = pathsIn(root);
    const first = backUpNow(root, new Date("2026-11-01T00:00:00Z"));
    let changes = 0;
    while (await dieAfter(changes + 1, root, "backup")) {
      changes++;
      expect(inspectDatabase(first.path).kind).toBe("ours");
      for (const { path } of listBackups(folder)) expect(inspectDatabase(path).kind).toBe("ours");
      expect(modelsIn(root)).toEqual(["one"]);
    }
    expect(changes).toBeGreaterThanOrEqual(3);
    expect(readdirSync(folder).filter((name) => name.includes("unfinished"))).toEqual([]);
  });

  test("of a restore leaves the old database or the new one, whole, and nothing lost", async () => {
    const root = await rootWith("old");
    const { dbPath } = pathsIn(root);
    const { path } = backUpNow(root);
    // What is newer is in the log only, as a crash leaves it.
    const crashed = new Database(dbPath);
    crashed.run("PRAGMA wal_autocheckpoint = 0");
    crashed.run("UPDATE model_snapshots SET provider_id = 'new'");
    for (const suffix of ["", "-wal"]) copyFileSync(dbPath + suffix, join(root, `crashed${suffix}`));
    crashed.close();

    let changes = 0;
    const seen = new Set<string>();
    for (;;) {
      for (const name of readdirSync(join(root, "data"))) rmSync(join(root, "data", name), { recursive: true });
      for (const suffix of ["", "-wal"]) copyFileSync(join(root, `crashed${suffix}`), dbPath + suffix);
      if (!(await dieAfter(changes + 1, root, "restore", path))) break;
      changes++;
      const models = modelsIn(root);
      seen.add(models.join());
      expect(["old", "new"]).toContain(models.join());
      const kept = readdirSync(join(root, "data")).filter((name) => /\.replaced-\w+$/.test(name));
      if (models.join() === "old") expect(kept).toHaveLength(1);
      for (const name of kept) expect(modelsIn(root, join("data", name))).toEqual(["new"]);
    }
    expect(changes).toBeGreaterThanOrEqual(10);
    expect([...seen].sort()).toEqual(["new", "old"]);
  }, 30_000);
});

describe("from the command line", () => {
  const command = async (root: string, ...args: string[]) => {
    const child = Bun.spawn([process.execPath, "--no-env-file", MAIN, ...args], {
      env: { OPENCLAW_BACKEND_ROOT: root, HOME: root },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr] = [await new Response(child.stdout).text(), await new Response(child.stderr).text()];
    return { exitCode: await child.exited, stdout, stderr };
  };

  test("a backup tells where it is, and the list of them names it", async () => {
    const root = await rootWith("one");

    const made = await command(root, "backup");
    const [backup] = listBackups(join(root, "backups"));

    expect(made).toMatchObject({ exitCode: 0, stderr: "" });
    expect(made.stdout).toStartWith(`已备份：${backup?.path}（`);
    expect(await command(root, "restore")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(backup?.path ?? ""),
    });
    expect(await command(root, "restore", backup?.path ?? "", "--lang", "en")).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("The previous database is kept as "),
    });
  });

  test("what cannot be done is told in one line, with exit code 1", async () => {
    const app = createTestApp();
    const { path } = backUpNow(app.root);

    expect(await command(app.root, "restore", path)).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: `没有恢复：服务正在使用 ${app.config.dbPath}；请先停止服务。\n`,
    });
  });

  test("what finds the disk full leaves nothing on it", async () => {
    const app = createTestApp();
    await importModels(app, ...Array.from({ length: 2000 }, (_, number) => `provider-${number}`));
    const { path } = backUpNow(app.root);
    await app.stop();
    /** With files of at most some hundred KiB, which is less than a copy needs. */
    const onFullDisk = (...args: string[]) =>
      Bun.spawnSync(
        ["sh", "-c", `trap "" XFSZ; ulimit -f 256; exec "$@"`, "sh", process.execPath, "--no-env-file", MAIN, ...args],
        { env: { OPENCLAW_BACKEND_ROOT: app.root, HOME: app.root } },
      );

    expect(onFullDisk("backup").exitCode).toBe(1);
    expect(readdirSync(join(app.root, "backups")).sort()).toEqual([basename(path), "backup.lock"].sort());
    expect(onFullDisk("restore", path).exitCode).toBe(1);
    expect(readdirSync(join(app.root, "data")).filter((name) => name.includes("restoring"))).toEqual([]);
  });

  test("the service makes its own by such a process, and hears what goes wrong", async () => {
    const app = createTestApp();
    const backUpByChild = createBackupChild({
      self: [process.execPath, "--no-env-file", MAIN],
      config: app.config,
      subreaper: noSubreaper,
      clock: systemClock,
    });

    expect(await backUpByChild()).toBe("");
    expect(listBackups(join(app.root, "backups"))).toHaveLength(1);
    rmSync(join(app.root, "backups"), { recursive: true });
    writeFileSync(join(app.root, "backups"), "no folder");
    expect(await backUpByChild()).toContain("backups");
  });
});
