import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newToken, type Service, startService } from "@test/real/service.ts";
import { fixture } from "@test/support/fixtures.ts";
import { gapText, isTooLong, startLoopWatch } from "@test/support/loop-watch.ts";

/** Something that goes wrong around the service, made real. */
export interface Fault {
  name: string;
  /** How it is made. */
  how: string;
  /**
   * @returns what was seen.
   * @throws when something was lost, unclear or did not recover.
   */
  run(): Promise<string>;
}

export type Ground = ReturnType<typeof createGround>;

export const sh = (command: string): void => {
  const { exitCode, stderr } = Bun.spawnSync(["sh", "-ec", command]);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr.toString().trim()}`);
};

/** A folder that is a file system of its own, small enough to be filled. */
export const createGround = (mib = 8) => {
  const folder = mkdtempSync(join(tmpdir(), "openclaw-fault-"));
  sh(`mount -t tmpfs -o size=${mib}m,mode=0700 openclaw-fault ${folder}`);
  return {
    folder,
    /** Takes all the room there is. */
    fill: () => Bun.spawnSync(["dd", "if=/dev/zero", `of=${folder}/filler`, "bs=64k"]),
    free: () => rmSync(join(folder, "filler"), { force: true }),
    remove() {
      sh(`umount -l ${folder}`);
      rmSync(folder, { recursive: true });
    },
  };
};

export const withGround = async (run: (ground: Ground) => Promise<string>, mib?: number): Promise<string> => {
  const ground = createGround(mib);
  try {
    return await run(ground);
  } finally {
    ground.remove();
  }
};

interface Options extends NonNullable<Parameters<typeof startService>[1]> {
  /** Why its event loop may stand still here. */
  standsStill?: string;
}

/**
 * The service with its data in `folder`; whatever happens, it is stopped. Fails if its event loop stands still meanwhile.
 */
export const withService = async (
  env: Record<string, string>,
  run: (service: Service) => Promise<string>,
  options: Options = {},
): Promise<string> => {
  const service = await startService(
    {
      EXECUTOR_CODEX_BIN: fixture("bin/zoo"),
      EXECUTOR_KILL_GRACE_SECONDS: "0",
      OPENCLAW_GATEWAY_URL: "http://127.0.0.1:9",
      OPENCLAW_GATEWAY_TOKEN: newToken(),
      ...env,
    },
    options,
  );
  const watch = await startLoopWatch(service);
  try {
    const seen = await run(service);
    const gap = await watch.stop();
    must(!isTooLong(gap) || options.standsStill !== undefined, `the event loop stood still: ${gapText(gap)}; ${seen}`);
    const reason = isTooLong(gap) ? ` (${options.standsStill})` : "";
    return `${seen}; ${gapText(gap)}${reason}`;
  } finally {
    watch.kill();
    await service.stop();
  }
};

export const placedIn = (folder: string): Record<string, string> => {
  for (const name of ["data", "logs"]) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  return {
    BACKEND_DB_PATH: join(folder, "data/state.db"),
    BACKEND_LOG_DIR: join(folder, "logs"),
    BACKEND_AUDIT_PATH: join(folder, "logs/audit.jsonl"),
  };
};

export interface Answer {
  status: number;
  code: string;
  body: string;
  retryAfter: string | null;
}

/** An answer whatever its status. */
export const ask = async (service: Service, path: string, body?: object, key?: string): Promise<Answer> => {
  const authorization = `Bearer ${service.apiToken}`;
  const headers = { authorization, "content-type": "application/json", ...(key && { "idempotency-key": key }) };
  const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
  const response = await fetch(service.url + path, { ...init, signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  const code = /"error_code":"(\w*)"/.exec(text)?.[1] ?? /"reason":"(\w*)"/.exec(text)?.[1] ?? "";
  return { status: response.status, code, body: text, retryAfter: response.headers.get("retry-after") };
};

export const submit = (service: Service, task: string, key?: string) =>
  ask(service, "/api/v1/executor/jobs", { task, cwd: "/tmp" }, key);

export const stateIn = async (service: Service, jobId: string): Promise<string> =>
  /"state":"(\w+)"/.exec((await ask(service, `/api/v1/executor/jobs/${jobId}`)).body)?.[1] ?? "";

export const jobIdOf = ({ body }: Answer): string => /"job_id":"(\w+)"/.exec(body)?.[1] ?? "";

/** @throws when it does not come true in time. */
export const soon = async (what: string, isTrue: () => Promise<boolean>, seconds = 15): Promise<number> => {
  const startedAt = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - startedAt > seconds * 1000) throw new Error(`not within ${seconds} s: ${what}`);
    await Bun.sleep(100);
  }
  return (performance.now() - startedAt) / 1000;
};

export const isReady = async (service: Service): Promise<boolean> => (await ask(service, "/readyz")).status === 200;

export const must = (isTrue: boolean, otherwise: string): void => {
  if (!isTrue) throw new Error(otherwise);
};
