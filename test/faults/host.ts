import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Service } from "@test/real/service.ts";
import { latencies, ms, percentile, privateDirtyMib } from "@test/security/measure.ts";
import { holdOpen } from "@test/security/raw.ts";
import {
  ask,
  type Fault,
  isReady,
  jobIdOf,
  must,
  placedIn,
  sh,
  soon,
  submit,
  withGround,
  withService,
} from "./fault.ts";

const descriptors: Fault = {
  name: "out of descriptors",
  how: "prlimit --nofile a little above what is open, then 60 connections",
  run: () =>
    withService(
      {},
      async (service) => {
        const port = Number(new URL(service.url).port);
        const open = readdirSync(`/proc/${service.pid}/fd`).length;
        sh(`prlimit --pid ${service.pid} --nofile=${open + 12}:20000`);
        const crowd = Array.from({ length: 60 }, () => holdOpen(port, ""));
        await Bun.sleep(1000);
        for (const { socket } of crowd) socket.destroy();
        await soon("it answers again", async () => (await ask(service, "/healthz")).status === 200);
        sh(`prlimit --pid ${service.pid} --nofile=${readdirSync(`/proc/${service.pid}/fd`).length + 1}:20000`);
        const starved = await submit(service, "args").catch(() => undefined);
        sh(`prlimit --pid ${service.pid} --nofile=20000:20000`);
        await soon("it answers again", async () => (await ask(service, "/healthz")).status === 200);
        const last = starved === undefined ? "" : jobIdOf(starved);
        const job = last === "" ? undefined : await service.finished(last);
        must(!service.hasExited(), "it died");
        const after = await service.finished(jobIdOf(await submit(service, "args")));
        must(after.state === "succeeded", `the job after ${after.state}`);
        return `connections wait and are served again; a job meanwhile: ${job ? `${job.state} ${job.error_code}` : "not taken"}; the next succeeded`;
      },
      { standsStill: "nothing can be opened" },
    ),
};

const YEAR_SECONDS = 365 * 86_400;

const clockJumps: Fault = {
  name: "clock jumps",
  how: "the process's wall clock set a year ahead and a year back, while a job runs and over a restart",
  run: () =>
    withGround((ground) => {
      const shift = join(ground.folder, "shift");
      const env = { ...placedIn(ground.folder), TEST_CLOCK_SHIFT_FILE: shift };
      const options = { preload: [resolve(import.meta.dir, "preload/shifted-clock.ts")] };
      const setTo = (seconds: number) => writeFileSync(shift, String(seconds));
      const ids = new Map<string, string>();
      const years = new Set<string>();
      const endedJob = async (service: Service, key: string) => {
        ids.set(key, jobIdOf(await submit(service, "args", key)));
        const job = await service.finished(ids.get(key) ?? "");
        must(job.state === "succeeded", `the job ${key} ${job.state} ${job.error_code}`);
      };
      const jumpsIn = (service: Service, round: string) => async (seconds: number) => {
        const running = jobIdOf(await submit(service, "short-sleep", `${round}-running-${seconds}`));
        setTo(seconds);
        const job = await service.finished(running);
        must(job.state === "succeeded", `the running job ${job.state} ${job.error_code}`);
        await endedJob(service, `${round}-after-${seconds}`);
        must(await isReady(service), "not ready");
        must((await ask(service, `/web/status`)).status === 200, "no page");
        years.add(/"time":"(\d{4})/.exec((await ask(service, "/api/v1/status")).body)?.[1] ?? "");
      };
      setTo(0);
      return (async () => {
        for (const seconds of [YEAR_SECONDS, -YEAR_SECONDS, 0]) {
          // The housekeeping, which deletes, runs at each start.
          await withService(
            env,
            async (service) => {
              const jump = jumpsIn(service, `started-at-${seconds}`);
              for (const next of [YEAR_SECONDS, -YEAR_SECONDS, 0, seconds]) await jump(next);
              return "";
            },
            options,
          );
        }
        must(years.size === 3, `the clock did not move: ${[...years]}`);
        setTo(0);
        return withService(
          env,
          async (service) => {
            for (const [key, id] of ids) {
              const again = await submit(service, "args", key);
              must(again.status === 200 && jobIdOf(again) === id, `${key}: ${again.status} ${again.body}`);
            }
            return `${ids.size} keyed jobs ran through, none was deleted, each key finds its own (years ${[...years].join(", ")})`;
          },
          options,
        );
      })();
    }),
};

const withoutMeminfo: Fault = {
  name: "/proc/meminfo unreadable",
  how: "an empty file mounted over it in a mount namespace of the service's own",
  run: () =>
    withService(
      {},
      async (service) => {
        const { body } = await ask(service, "/api/v1/status");
        must(/"gate":"unknown"/.test(body), "memory is not unknown");
        must((await ask(service, "/web/status")).status === 200 && (await isReady(service)), "not ready");
        const job = await service.finished(jobIdOf(await submit(service, "args")));
        must(job.state === "succeeded", `the job ${job.state} ${job.error_code}`);
        return "memory is shown as unknown and closes no gate; jobs run";
      },
      { within: ["unshare", "-m", "sh", "-c", 'mount --bind /dev/null /proc/meminfo; exec "$@"', "sh"] },
    ),
};

const withoutProc: Fault = {
  name: "/proc missing",
  how: "unmounted under the running service, in a mount namespace of its own (Bun itself does not start without it)",
  run: () =>
    withService(
      {},
      async (service) => {
        const within = (command: string) => sh(`nsenter -t ${service.pid} -m ${command}`);
        const running = jobIdOf(await submit(service, "sleep"));
        await soon("its program runs", async () =>
          (await ask(service, `/api/v1/executor/jobs/${running}/log`)).body.includes("ready"),
        );
        within("umount -l /proc");
        must((await ask(service, "/web/status")).status === 200 && (await isReady(service)), "not ready");
        // No path can be resolved without it, so none can be allowed.
        const refused = await submit(service, "args");
        must(refused.status === 400 && refused.code === "invalid_cwd", `a job was answered ${refused.status}`);
        await service.cancel(running);
        const end = await service.finished(running);
        must(end.state === "canceled", `the cancel ended ${end.state} ${end.error_code} ${end.error}`);
        within("mount -t proc proc /proc");
        const after = await service.finished(jobIdOf(await submit(service, "args")));
        must(after.state === "succeeded", `the job after ${after.state}`);
        return "pages and cancel go on; new jobs are refused, since no directory can be checked; taken again when it is back";
      },
      { within: ["unshare", "-m"] },
    ),
};

const STOPPED_SECONDS = 60;

const stopped: Fault = {
  name: "SIGSTOP for a minute",
  how: "kill -STOP, 60 s, kill -CONT, with a job running and clients waiting",
  run: () =>
    withService(
      {},
      async (service) => {
        const running = jobIdOf(await submit(service, "short-sleep"));
        await soon("it runs", async () =>
          (await ask(service, `/api/v1/executor/jobs/${running}`)).body.includes('"running"'),
        );
        process.kill(service.pid, "SIGSTOP");
        const waiting = fetch(`${service.url}/healthz`).then((answer) => answer.status, String);
        await Bun.sleep(STOPPED_SECONDS * 1000);
        process.kill(service.pid, "SIGCONT");
        const seconds = await soon("it answers", () => isReady(service));
        const job = await service.finished(running);
        must(job.state === "succeeded", `the job ${job.state} ${job.error_code}`);
        const next = await service.finished(jobIdOf(await submit(service, "args")));
        must(next.state === "succeeded", `the next ${next.state}`);
        return `ready ${seconds.toFixed(1)} s after; the job ${job.state}; a client that waited got ${await waiting}`;
      },
      { standsStill: "the process is stopped" },
    ),
};

/** Bun drops all of them in one turn of the event loop, at 20 to 27 µs each (measured with 4,000). */
const HALF_OPEN = 3000;

const halfOpen: Fault = {
  name: "thousands of half-open connections",
  how: `${HALF_OPEN} sockets that never finish a request`,
  run: () =>
    withService({}, async (service) => {
      const port = Number(new URL(service.url).port);
      await latencies(200, () => ask(service, "/api/v1/executors"));
      const before = privateDirtyMib(service.pid);
      const sockets = Array.from({ length: HALF_OPEN }, () => holdOpen(port, "GET / HTTP/1.1\r\n"));
      await Bun.sleep(500);
      const others = await latencies(100, async () =>
        must((await ask(service, "/api/v1/executors")).status === 200, "refused"),
      );
      const during = privateDirtyMib(service.pid);
      const seconds = await soon("all are dropped", async () => sockets.every((socket) => !socket.isOpen()), 30);
      must(await isReady(service), "not ready");
      must(readFileSync(`/proc/${service.pid}/status`, "utf8").includes("Threads"), "it died");
      return `others' p99 ${ms(percentile(others, 0.99))}; private memory ${before.toFixed(0)} to ${during.toFixed(0)} MiB; all dropped after ${seconds.toFixed(0)} s`;
    }),
};

export const hostFaults = [descriptors, clockJumps, withoutMeminfo, withoutProc, halfOpen, stopped];
