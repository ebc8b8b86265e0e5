/** A host in order: the service, its gateway, Codex and AstrBot, in a folder of its own. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ReportLine } from "@/doctor/report.ts";
import { listProcesses, readEnvironment } from "@/lib/proc.ts";

const PROJECT = resolve(import.meta.dir, "../..");
const STAND_INS = join(import.meta.dir, "bin");
const SIDECAR_FILES = ["openclaw_sidecar.compose.yml", "openclaw_sidecar.config.json5"];
const START_DEADLINE_MS = 30_000;
const FIX_DEADLINE_MS = 20_000;

export const API_TOKEN = "doctor-token-of-the-api-0123456789";
export const GATEWAY_TOKEN = "doctor-token-of-the-gateway-0123456789";

export const freePort = (): number => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port } = server;
  void server.stop(true);
  return port ?? 0;
};

export const createHost = async () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "doctor-")));
  const path = (name: string) => join(root, name);
  const [port, gatewayPort] = [freePort(), freePort()];
  const environment = {
    PATH: [path("home/bin"), STAND_INS, "/usr/bin", "/bin"].join(":"),
    HOME: path("home"),
    OPENCLAW_BACKEND_ROOT: root,
    DOCKER_HOST: `unix://${path("home/docker.sock")}`,
  };

  for (const folder of ["home/bin", "home/.docker/cli-plugins", "data", "logs/backend", "AstrBot/data"]) {
    mkdirSync(path(folder), { recursive: true, mode: 0o700 });
  }
  // Whatever this machine has, `docker compose` is the word.
  writeFileSync(path("home/.docker/cli-plugins/docker-compose"), "");
  // An engine that knows no container.
  const engine = Bun.serve({ unix: path("home/docker.sock"), fetch: () => Response.json({}, { status: 404 }) });
  // npm's package calls it bun.exe.
  symlinkSync(process.execPath, path("home/bin/bun"));
  for (const file of SIDECAR_FILES) copyFileSync(join(PROJECT, file), path(file));
  for (const right of [".logged-in", ".namespaces", ".platform-package"]) writeFileSync(path(`home/${right}`), "");
  copyFileSync(join(import.meta.dir, "codex"), path("home/bin/codex"));
  const provider = [{ id: "one", enable: true, type: "openai_chat_completion", model_config: { model: "m" } }];
  writeFileSync(path("AstrBot/data/cmd_config.json"), JSON.stringify({ provider }));
  writeFileSync(
    path(".env"),
    [
      `BACKEND_PORT=${port}`,
      `BACKEND_API_TOKEN=${API_TOKEN}`,
      `OPENCLAW_GATEWAY_TOKEN=${GATEWAY_TOKEN}`,
      `OPENCLAW_GATEWAY_URL=http://127.0.0.1:${gatewayPort}`,
      "OPENCLAW_VERSION=2026.9.6",
      `OPENCLAW_USER=${process.getuid?.()}:${process.getgid?.()}`,
      `ASTRBOT_CMD_CONFIG_PATH=${path("AstrBot/data/cmd_config.json")}`,
      "EXECUTOR_SHUTDOWN_GRACE_SECONDS=0",
      "",
    ].join("\n"),
    { mode: 0o600 },
  );

  /** A line for the shell, in the project's folder. */
  const shell = (line: string) =>
    Bun.spawn(["sh", "-c", line], { cwd: PROJECT, env: environment, stdin: "ignore", stdout: "pipe", stderr: "pipe" });

  const mustRun = async (line: string) => {
    const child = shell(line);
    const printed = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
    if ((await child.exited) !== 0) throw new Error(`${line}\n${printed}`);
  };

  const doctor = async (): Promise<ReportLine[]> => {
    const child = shell("bun run doctor --json");
    const printed = await new Response(child.stdout).text();
    await child.exited;
    return (JSON.parse(printed) as { findings: ReportLine[] }).findings;
  };

  const request = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json" },
    });

  const ours = () =>
    listProcesses().filter(
      ({ pid }) => pid !== process.pid && readEnvironment(pid).includes(`OPENCLAW_BACKEND_ROOT=${root}`),
    );
  const service = () =>
    ours().find(({ pid }) => /openclaw-backend-\w+\0?$/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")))?.pid;

  const start = async () => {
    shell("bun run start");
    const deadline = performance.now() + START_DEADLINE_MS;
    while ((await request("/readyz").catch(() => undefined))?.status !== 200) {
      if (performance.now() > deadline) throw new Error("the service does not start");
      await Bun.sleep(20);
    }
  };

  const stop = async () => {
    const pid = service();
    if (pid === undefined) return;
    process.kill(pid, "SIGTERM");
    while (existsSync(`/proc/${pid}/stat`) && ours().some((entry) => entry.pid === pid)) await Bun.sleep(10);
  };

  await mustRun("docker compose -f openclaw_sidecar.compose.yml up -d");
  await start();
  await request("/api/v1/models/pull-astr", { method: "POST", body: "{}" });
  await mustRun("bun run backup");

  return {
    root,
    port,
    path,
    doctor,
    mustRun,
    stop,
    service,
    setLine: (line: string) => appendFileSync(path(".env"), `${line}\n`),
    replaceInEnv: (from: string, to: string) =>
      writeFileSync(path(".env"), readFileSync(path(".env"), "utf8").replace(from, to)),
    shell,
    /**
     * Runs a command as it was printed. A service that it starts is left running.
     * @returns the doctor's findings once this kind is gone, or at the deadline.
     */
    async fix(command: string, kind: string): Promise<ReportLine[]> {
      const child = shell(command);
      const deadline = performance.now() + FIX_DEADLINE_MS;
      for (;;) {
        // Read before the doctor runs, so that it sees what the command did last.
        const isOver = child.exitCode !== null || performance.now() > deadline;
        const findings = await doctor();
        if (isOver || !findings.some((finding) => finding.kind === kind)) return findings;
        await Bun.sleep(200);
      }
    },
    remove() {
      void engine.stop(true);
      for (const { pid } of ours()) {
        process.kill(pid, "SIGCONT");
        process.kill(pid, "SIGKILL");
      }
      rmSync(root, { recursive: true, force: true });
    },
  };
};

export type Host = Awaited<ReturnType<typeof createHost>>;
