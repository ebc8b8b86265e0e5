import { Database } from "bun:sqlite";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Service } from "@test/real/service.ts";
import {
  ask,
  type Fault,
  isReady,
  jobIdOf,
  must,
  placedIn,
  sh,
  soon,
  stateIn,
  submit,
  withGround,
  withService,
} from "./fault.ts";

const pageOf = async (service: Service) => (await ask(service, "/web/status")).body;

const diskFull: Fault = {
  name: "disk full",
  how: "tmpfs of 8 MiB, filled while a job runs",
  run: () =>
    withGround((ground) =>
      withService(placedIn(ground.folder), async (service) => {
        const running = jobIdOf(await submit(service, "sleep"));
        await soon("it runs", async () =>
          (await ask(service, `/api/v1/executor/jobs/${running}`)).body.includes('"running"'),
        );
        ground.fill();
        const refused = await submit(service, "args");
        must(refused.status === 503 && refused.code === "database_unavailable", `${refused.status} ${refused.code}`);
        await soon("readyz says so", async () => !(await isReady(service)));
        const { code } = await ask(service, "/readyz");
        await soon("the page says so", async () => (await pageOf(service)).includes("数据库无法写入"));
        await ask(service, `/api/v1/executor/jobs/${running}/cancel`, {});
        await Bun.sleep(1500);
        ground.free();
        const seconds = await soon("the end is stored", async () =>
          (await ask(service, `/api/v1/executor/jobs/${running}`)).body.includes('"canceled"'),
        );
        await soon("readyz recovers", () => isReady(service));
        must((await submit(service, "args")).status === 200, "it takes no job after");
        return `503 database_unavailable, readyz "${code}", page names it; the job's end stored ${seconds.toFixed(1)} s after there is room`;
      }),
    ),
};

const readOnly: Fault = {
  name: "read-only file system",
  how: "tmpfs mounted read-only at the start",
  run: () =>
    withGround(async (ground) => {
      const env = placedIn(ground.folder);
      sh(`mount -o remount,ro ${ground.folder}`);
      const said = await withService(env, async () => "it started").catch((error: Error) => error.message);
      must(/Cannot start\. .*(?:read-only|EROFS)/i.test(said), said);
      sh(`mount -o remount,rw ${ground.folder}`);
      await withService(env, async (service) => String(must(await isReady(service), "not ready")));
      return /Cannot start\. .*/.exec(said)?.[0].replace(ground.folder, "...").slice(0, 110) ?? "";
    }),
};

const LOCKED_SECONDS = 20;

const locked = (how: "IMMEDIATE" | "EXCLUSIVE"): Fault => ({
  name: `database locked (${how.toLowerCase()})`,
  how: `another process holds BEGIN ${how} for ${LOCKED_SECONDS} s while a job runs and 50 clients submit`,
  run: () =>
    withGround((ground) => {
      const env = placedIn(ground.folder);
      return withService(env, async (service) => {
        const before = jobIdOf(await submit(service, "short-sleep"));
        await soon("it runs", async () => (await stateIn(service, before)) === "running");
        const other = new Database(env.BACKEND_DB_PATH);
        other.run(`BEGIN ${how}`);
        const unlocked = Bun.sleep(LOCKED_SECONDS * 1000).then(() => other.close());
        const submitAll = () => Promise.all(Array.from({ length: 50 }, (_, n) => submit(service, "args", `key-${n}`)));
        const startedAt = performance.now();
        const refused = await submitAll();
        const waited = (performance.now() - startedAt) / 1000;
        for (const { status, code, retryAfter } of refused)
          must(
            status === 503 && code === "database_unavailable" && retryAfter === "5",
            `${status} ${code} ${retryAfter}`,
          );
        must((await ask(service, "/api/v1/executor/jobs")).status === 200, "jobs cannot be read");
        await soon("readyz says so", async () => (await ask(service, "/readyz")).code === "database");
        must((await stateIn(service, before)) === "running", "its end was stored under the lock");
        // What comes shortly before its end is stored after it.
        await Bun.sleep(startedAt + (LOCKED_SECONDS - 2) * 1000 - performance.now());
        const taken = await submitAll();
        must(
          taken.every(({ status }) => status === 200),
          `after the lock: ${taken.find(({ status }) => status !== 200)?.body}`,
        );
        await unlocked;
        must((await service.finished(before)).state === "succeeded", "the job that ran was lost");
        const again = await submitAll();
        const ids = new Set([...taken, ...again].map(jobIdOf));
        for (const jobId of ids) must((await service.finished(jobId)).state === "succeeded", `${jobId} was lost`);
        const { body } = await ask(service, "/api/v1/executor/jobs?limit=200");
        const stored = body.match(/"job_id":/g)?.length;
        must(ids.size === 50 && stored === 51, `${ids.size} ids, ${stored} jobs`);
        await soon("readyz recovers", () => isReady(service));
        return `50 submits 503 with Retry-After after ${waited.toFixed(1)} s, 50 more stored once at its end; the job's end stored`;
      });
    }),
});

const READER_IMPORTS = 60;

const readForLong: Fault = {
  name: "database read for long",
  how: `another process reads in one transaction during ${READER_IMPORTS} imports of 2,000 models`,
  run: () =>
    withGround((ground) => {
      const env = placedIn(ground.folder);
      const walMib = () => statSync(`${env.BACKEND_DB_PATH}-wal`).size / 1024 / 1024;
      return withService(env, async (service) => {
        const push = async (round: number) => {
          const providers = Array.from({ length: 2000 }, (_, n) => ({ id: `p${n}`, model: `model-${round}-${n}` }));
          const { status, body } = await ask(service, "/api/v1/models/import-astr", { providers });
          must(status === 200, body.slice(0, 200));
        };
        await push(0);
        const other = new Database(env.BACKEND_DB_PATH);
        other.run("BEGIN");
        other.query("SELECT count(*) FROM model_snapshots").get();
        for (let round = 1; round <= READER_IMPORTS; round++) await push(round);
        const grown = walMib();
        other.close();
        for (let round = 0; round < 3; round++) await push(round);
        const left = walMib();
        must(left <= 9, `the log keeps ${left.toFixed(0)} MiB`);
        return `writes go on; the log grew to ${grown.toFixed(0)} MiB and is ${left.toFixed(0)} MiB after the reader has gone`;
      });
    }, 256),
};

const damage = (path: string, at: number) => {
  const fd = openSync(path, "r+");
  writeSync(fd, Buffer.alloc(16 * 1024, 0xa5), 0, 16 * 1024, at);
  closeSync(fd);
};

const corrupt: Fault = {
  name: "database corrupt",
  how: "pages overwritten between two starts, and under the running service",
  run: () =>
    withGround(async (ground) => {
      const env = placedIn(ground.folder);
      const path = env.BACKEND_DB_PATH ?? "";
      await withService(env, async (service) => String(await submit(service, "args")));
      const whole = readFileSync(path);
      damage(path, 0);
      const said = await withService(env, async () => "it started").catch((error: Error) => error.message);
      must(/Cannot start\. Cannot use the database/.test(said), said.slice(0, 300));
      writeFileSync(path, whole);
      const running = await withService(env, async (service) => {
        must((await ask(service, "/api/v1/executor/jobs")).status === 200, "it does not read");
        for (let at = 4096; at < whole.length; at += 16 * 1024) damage(path, at);
        const answers = [
          await submit(service, "args"),
          await ask(service, "/api/v1/models"),
          await ask(service, "/web/models"),
        ];
        for (const { status, code, body } of answers) {
          must(status === 200 || code === "database_unavailable", `${status} ${body.slice(0, 200)}`);
        }
        must((await ask(service, "/healthz")).status === 200, "it died");
        return answers.map(({ status, code }) => `${status} ${code}`.trim()).join(", ");
      });
      const again = await withService(
        env,
        async (service) => `it starts, readyz ${(await ask(service, "/readyz")).body}`,
      ).catch((error: Error) => error.message);
      must(/Cannot start\.|"reason":"database"/.test(again), `after the damage: ${again.slice(0, 300)}`);
      const short = (text: string) =>
        /Cannot start[^\n]*|it starts.*/.exec(text)?.[0].replace(ground.folder, "...").slice(0, 120);
      return `${short(said)}; running: ${running}; then ${short(again)}`;
    }, 16),
};

const auditAway: Fault = {
  name: "log and audit unwritable",
  how: "their own tmpfs of 1 MiB, filled",
  run: () =>
    withGround(
      (logs) =>
        withGround((data) => {
          const env = {
            ...placedIn(data.folder),
            BACKEND_LOG_DIR: logs.folder,
            BACKEND_AUDIT_PATH: join(logs.folder, "audit.jsonl"),
          };
          return withService(env, async (service) => {
            logs.fill();
            // What is left of the last page is used up first.
            await soon(
              "a write fails",
              async () => {
                await submit(service, "args");
                return (await ask(service, "/api/v1/status")).body.includes('"audit":{"ok":false');
              },
              60,
            );
            const accepted = await submit(service, "args");
            must([200, 429].includes(accepted.status), `${accepted.status} ${accepted.code}`);
            await soon("readyz says so", async () => !(await isReady(service)));
            const { code } = await ask(service, "/readyz");
            must((await pageOf(service)).includes("审计日志写入失败"), "the page shows nothing");
            logs.free();
            await soon("audit recovers", async () => {
              await ask(service, "/api/v1/executor/jobs", { task: "" });
              return isReady(service);
            });
            return `requests go on, readyz "${code}", page and status name it; written again when there is room`;
          });
        }),
      1,
    ),
};

const auditReplaced: Fault = {
  name: "audit path taken",
  how: "a folder takes the place of the audit file under the running service",
  run: () =>
    withGround(async (ground) => {
      const env = placedIn(ground.folder);
      const path = env.BACKEND_AUDIT_PATH ?? "";
      return withService(env, async (service) => {
        rmSync(path, { force: true });
        mkdirSync(path);
        must((await submit(service, "args")).status === 200, "it takes no job");
        await soon("readyz says so", async () => !(await isReady(service)));
        rmdirSync(path);
        await submit(service, "args");
        await soon("readyz recovers", () => isReady(service));
        renameSync(path, `${path}.moved`);
        must((await submit(service, "args")).status === 200, "a moved file stops it");
        return 'jobs go on, readyz "audit"; recovers without a restart';
      });
    }),
};

const strangeFiles: Fault = {
  name: "devices and pipes for files",
  how: "own ones (mknod, mkfifo) in the place of the database and the logs, before the start and while it runs",
  run: () =>
    withGround(async (ground) => {
      const path = join(ground.folder, "stranger");
      const seen: string[] = [];
      for (const make of [`mknod -m 666 ${path} c 1 3`, `mkfifo -m 666 ${path}`]) {
        for (const setting of ["BACKEND_DB_PATH", "BACKEND_AUDIT_PATH", "BACKEND_ENV_FILE"]) {
          sh(make);
          const before = statSync(path);
          const env = { ...placedIn(ground.folder), [setting]: path };
          const said = await withService(env, async () => "it started").catch((error: Error) => error.message);
          must(said.includes(`Cannot start. ${setting}: ${path} is a `), said.slice(0, 300));
          const { mode, ino } = statSync(path);
          must(mode === before.mode && ino === before.ino, `${setting}: it was changed`);
          rmSync(path);
        }
        const env = placedIn(ground.folder);
        const audit = env.BACKEND_AUDIT_PATH ?? "";
        await withService(env, async (service) => {
          rmSync(audit, { force: true });
          sh(make);
          renameSync(path, audit);
          must((await submit(service, "args")).status === 200, "it takes no job");
          must((statSync(audit).mode & 0o777) === 0o666, "it was changed while the service ran");
          await soon("readyz says so", async () => (await ask(service, "/readyz")).code === "audit");
          rmSync(audit);
          await submit(service, "args");
          await soon("readyz recovers", () => isReady(service));
          return "";
        });
        seen.push(make.split(" ")[0] ?? "");
      }
      return `${seen.join(", ")}: refused by the setting's name, mode and inode kept; running: readyz "audit", recovers`;
    }),
};

const databaseGone: Fault = {
  name: "database taken away",
  how: "deleted, moved, replaced, its log deleted, under the running service",
  run: () =>
    withGround(async (ground) => {
      const seen: string[] = [];
      const ways: Record<string, (path: string) => void> = {
        deleted: (path) => rmSync(path),
        moved: (path) => renameSync(path, `${path}.moved`),
        replaced: (path) => sh(`cp ${path} ${path}.copy && mv ${path}.copy ${path}`),
        "log deleted": (path) => rmSync(`${path}-wal`),
      };
      for (const [way, takeAway] of Object.entries(ways)) {
        const env = placedIn(mkdtempSync(join(ground.folder, "case-")));
        const path = env.BACKEND_DB_PATH ?? "";
        await withService(env, async (service) => {
          must((await submit(service, "args")).status === 200, "it takes no job");
          takeAway(path);
          const refused = await submit(service, "args");
          must(refused.status === 503 && refused.code === "database_unavailable", `${way}: ${refused.status}`);
          await soon("readyz says so", async () => (await ask(service, "/readyz")).code === "database");
          must((await pageOf(service)).includes("数据库文件已不在原处"), `${way}: the page shows nothing`);
          must((await ask(service, "/healthz")).status === 200, `${way}: it died`);
          if (way !== "moved") return "";
          renameSync(`${path}.moved`, path);
          await soon("readyz recovers", () => isReady(service));
          must((await submit(service, "args")).status === 200, "it takes no job after");
          return "";
        });
        await withService(env, async (service) => String(must(await isReady(service), `${way}: not ready again`)));
        seen.push(way);
      }
      return `${seen.join(", ")}: 503 database_unavailable, readyz "database", page; starts again`;
    }, 64),
};

const secondInstance: Fault = {
  name: "second instance",
  how: "by a symlink, a hard link, a bind mount, and after the lock file was deleted, while a job runs",
  run: () =>
    withGround((ground) => {
      const env = placedIn(ground.folder);
      const path = env.BACKEND_DB_PATH ?? "";
      return withService(env, async (service) => {
        const running = jobIdOf(await submit(service, "sleep"));
        const isRunning = async () =>
          (await ask(service, `/api/v1/executor/jobs/${running}`)).body.includes('"running"');
        await soon("it runs", isRunning);
        sh(`cd ${ground.folder} && rm data/state.db.lock && mkdir seen hard && mount --bind data seen`);
        sh(`cd ${ground.folder} && ln -s data/state.db link.db && ln data/state.db hard/state.db`);
        try {
          for (const name of ["link.db", "hard/state.db", "seen/state.db", "data/state.db"]) {
            const again = { BACKEND_DB_PATH: join(ground.folder, name) };
            const said = await withService(again, async () => "it started").catch((error: Error) => error.message);
            must(said.includes("Another instance is using"), `${name}: ${said.slice(0, 200)}`);
            must(await isRunning(), `${name}: the job was ended`);
          }
        } finally {
          sh(`umount ${ground.folder}/seen`);
        }
        must(existsSync(path), "the database is gone");
        await ask(service, `/api/v1/executor/jobs/${running}/cancel`, {});
        return "refused four times, and the job of the first went on";
      });
    }),
};

export const storageFaults = [
  diskFull,
  readOnly,
  locked("IMMEDIATE"),
  locked("EXCLUSIVE"),
  readForLong,
  corrupt,
  auditAway,
  auditReplaced,
  strangeFiles,
  databaseGone,
  secondInstance,
];
