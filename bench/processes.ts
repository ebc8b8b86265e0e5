import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PROJECT_ROOT = resolve(import.meta.dir, "..");
export const API_TOKEN = "bench-token-of-the-api";
export const GATEWAY_TOKEN = "bench-token-of-the-gateway";

/** A process of ours, once it has printed the address it listens on. */
const start = async (argv: string[], env: Record<string, string> = {}) => {
  const child = Bun.spawn([process.execPath, ...argv], {
    cwd: PROJECT_ROOT,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout) {
    output += new TextDecoder().decode(chunk);
    const url = /^(http:\/\/[\d.]+:\d+)/m.exec(output)?.[1];
    if (url) {
      const stop = () => {
        child.kill("SIGTERM");
        return child.exited;
      };
      return { url, pid: child.pid, stop };
    }
  }
  throw new Error(`${argv.join(" ")} ended: ${output}`);
};

export const startGateway = (...flags: string[]) => start(["bench/fake-gateway.ts", ...flags]);

export const startBareRelay = (gatewayUrl: string) =>
  start(["bench/floor/relay.ts"], {
    OPENCLAW_GATEWAY_URL: gatewayUrl,
    OPENCLAW_GATEWAY_TOKEN: GATEWAY_TOKEN,
    KEEP: "false",
  });

/** The real service with folders of its own. */
export const startService = async (gatewayUrl: string, env: Record<string, string> = {}) => {
  const root = mkdtempSync(join(tmpdir(), "bench-"));
  const service = await start(["src/main.ts"], {
    HOME: root,
    OPENCLAW_BACKEND_ROOT: root,
    BACKEND_PORT: "0",
    BACKEND_API_TOKEN: API_TOKEN,
    OPENCLAW_GATEWAY_URL: gatewayUrl,
    OPENCLAW_GATEWAY_TOKEN: GATEWAY_TOKEN,
    ...env,
  });
  return {
    ...service,
    async stop() {
      await service.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
};

export const openDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

export const privateDirtyMib = (pid: number): number =>
  Number(/^Private_Dirty:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1024;

export const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;

export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};
