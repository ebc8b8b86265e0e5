import { closeSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fixture } from "@test/support/fixtures.ts";

const MAIN = resolve(import.meta.dir, "../../src/main.ts");
const API_TOKEN = "crash-test-token-for-the-api";
const START_DEADLINE_MS = 30_000;

export interface ServerOptions {
  root: string;
  env?: Record<string, string>;
  /** Scripts that Bun runs in the server's process before the server. */
  preload?: string[];
}

/** undefined when the server died before it had answered. */
export type Answer = { status: number; body: unknown } | undefined;

/** The real server as a child that may die at any moment. */
export const startServer = ({ root, env = {}, preload = [] }: ServerOptions) => {
  const errors = openSync(join(root, "stderr.log"), "a");
  const scripts = preload.flatMap((script) => ["--preload", resolve(import.meta.dir, script)]);
  const child = Bun.spawn([process.execPath, "--no-env-file", ...scripts, MAIN], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: root,
      OPENCLAW_BACKEND_ROOT: root,
      BACKEND_PORT: "0",
      BACKEND_API_TOKEN: API_TOKEN,
      OPENCLAW_GATEWAY_URL: "http://127.0.0.1:9",
      EXECUTOR_CODEX_BIN: fixture("bin/once"),
      EXECUTOR_KILL_GRACE_SECONDS: "0",
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: errors,
  });
  closeSync(errors);

  const readAddress = async (): Promise<string | undefined> => {
    const timer = setTimeout(() => child.kill("SIGKILL"), START_DEADLINE_MS);
    let printed = "";
    const reader = child.stdout.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      printed += new TextDecoder().decode(part.value);
      const found = /^(http:\/\/\S+)\/web\/status$/m.exec(printed)?.[1];
      if (found === undefined) continue;
      clearTimeout(timer);
      return found;
    }
    clearTimeout(timer);
    return undefined;
  };
  const address = readAddress();

  const request = async (path: string, body?: object): Promise<Answer> => {
    const url = await address;
    if (url === undefined) return undefined;
    try {
      const response = await fetch(`${url}/api/v1${path}`, {
        method: body ? "POST" : "GET",
        ...(body && { body: JSON.stringify(body) }),
        headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json", connection: "close" },
      });
      return { status: response.status, body: await response.json() };
    } catch {
      return undefined;
    }
  };

  return {
    pid: child.pid,
    /** Resolves when it serves, its recovery done; false when it died before. */
    ready: async () => (await address) !== undefined,
    /** @returns its address. @throws when it died, with what it said. */
    async mustBeReady(): Promise<string> {
      const url = await address;
      if (url !== undefined) return url;
      throw new Error(`The server did not start: ${readFileSync(join(root, "stderr.log"), "utf8").slice(-2000)}`);
    },
    isDead: () => child.exitCode !== null || child.signalCode !== null,
    wasKilled: () => child.signalCode === "SIGKILL",
    request,
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    /** @returns its exit code. */
    async stop(): Promise<number> {
      child.kill("SIGTERM");
      return child.exited;
    },
    exited: child.exited,
  };
};

export type CrashServer = ReturnType<typeof startServer>;
