/** A clone of the project with its gateway in Docker: what an operator has on a host. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fakeProvider } from "@test/real/openclaw-gateway.ts";
import { ensurePeer, nodePackage, type OpenclawVersion, openclawPeer, peersCache } from "@test/real/peers.ts";
import { freePort } from "@test/real/program.ts";
import { must, sh } from "@test/support/shell.ts";
import type { ReportLine } from "@/doctor/report.ts";
import { newToken } from "@/lib/identity.ts";
import { composeProgram, IMAGE } from "./engine.ts";

const PROJECT = resolve(import.meta.dir, "../..");
const COMPOSE_FILE = "openclaw_sidecar.compose.yml";
const CONFIG_FILE = "openclaw_sidecar.config.json5";
/** What `git clone` brings and the service needs. */
export const TREE = [
  ...["src", "drizzle", "deploy", "scripts", ".env.example", "bun.lock", "package.json", "tsconfig.json"],
  ...["bunfig.toml", COMPOSE_FILE, CONFIG_FILE],
];
export const COMPILED = join(peersCache(process.env), "docker-tmp-2026.2.9");
const DEADLINE_MS = 900_000;
const POLL_MS = 500;

export const TOKEN = newToken();
export const API_TOKEN = newToken();
/** Only once there is an engine. */
export const composeLine = () => `${composeProgram()} -f ${COMPOSE_FILE}`;

/** Waits for what gives no signal. @returns the seconds it took. */
export const until = async (what: string, isTrue: () => Promise<boolean>, deadlineMs = DEADLINE_MS) => {
  const begun = performance.now();
  while (!(await isTrue())) {
    if (performance.now() - begun > deadlineMs) throw new Error(`not in time: ${what}`);
    await Bun.sleep(POLL_MS);
  }
  return Math.round((performance.now() - begun) / 100) / 10;
};

/** Puts the project into a folder, as `git clone` does, with host ports of its own. */
export const cloneInto = async (root: string, gatewayPort: number) => {
  mkdirSync(root, { recursive: true });
  for (const name of TREE) cpSync(join(PROJECT, name), join(root, name), { recursive: true });
  await must(`ln -s ${PROJECT}/node_modules ${root}/node_modules`);
  const path = join(root, COMPOSE_FILE);
  writeFileSync(path, readFileSync(path, "utf8").replace("127.0.0.1:18789:", `127.0.0.1:${gatewayPort}:`));
};

const isRefusedAsEmpty = (url: string) =>
  fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: "{}",
  }).then(
    ({ status }) => status === 400,
    () => false,
  );

export const createSite = async (root: string, modelUrl: string) => {
  const compose = composeLine();
  const [port, gatewayPort] = [await freePort(), await freePort()];
  const environment = { PATH: `${join(root, "../bin")}:/usr/sbin:/usr/bin:/sbin:/bin`, HOME: join(root, "../home") };
  const run = (line: string) => sh(line, { cwd: root, env: environment });
  const mustRun = (line: string) => must(line, { cwd: root, env: environment });
  const settings = {
    BACKEND_PORT: String(port),
    BACKEND_API_TOKEN: API_TOKEN,
    OPENCLAW_GATEWAY_TOKEN: TOKEN,
    OPENCLAW_GATEWAY_URL: `http://127.0.0.1:${gatewayPort}`,
    OPENCLAW_IMAGE: IMAGE,
    EXECUTOR_SHUTDOWN_GRACE_SECONDS: "0",
  };

  const inspect = (format: string) => mustRun(`docker inspect -f '${format}' openclaw-gateway`);
  const logs = async () => (await run("docker logs openclaw-gateway")).text;
  const request = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: { authorization: `Bearer ${API_TOKEN}` } });
  const isReady = () =>
    request("/readyz").then(
      ({ status }) => status === 200,
      () => false,
    );

  return {
    root,
    port,
    gatewayPort,
    path: (name: string) => join(root, name),
    run,
    mustRun,
    inspect,
    logs,
    request,
    isReady,
    writeSettings: (more: Record<string, string> = {}) =>
      writeFileSync(
        join(root, ".env"),
        Object.entries({ ...settings, ...more })
          .map(([name, value]) => `${name}=${value}\n`)
          .join(""),
        { mode: 0o600 },
      ),
    /** The operator's own model. */
    configureModel() {
      const path = join(root, CONFIG_FILE);
      const config = Bun.JSON5.parse(readFileSync(path, "utf8")) as { agents: { defaults: object } };
      Object.assign(config, { models: { providers: { fake: fakeProvider(modelUrl) } } });
      Object.assign(config.agents.defaults, { model: { primary: "fake/fake-1" } });
      writeFileSync(path, JSON.stringify(config));
    },
    /** As after its install, with the Node that it asks for. */
    async provide(version: OpenclawVersion) {
      const releases = join(root, "data/openclaw_releases");
      if (existsSync(join(releases, version))) return;
      const peer = await ensurePeer(openclawPeer(version));
      const { engines } = (await Bun.file(join(peer, "node_modules/openclaw/package.json")).json()) as {
        engines: { node: string };
      };
      const node = join(releases, `node-${/[\d.]+/.exec(engines.node)?.[0]}/node_modules`);
      await must(`cp -al ${peer} ${join(releases, version)} && mkdir -p ${node}`);
      await must(`cp -al ${join(peer, "node_modules", nodePackage)} ${node}/`);
    },
    /** What a cold start compiles, a minute of processor time, from an earlier run. */
    warmUp: () => must(`[ ! -d ${COMPILED} ] || cp -a ${COMPILED}/. ${root}/data/openclaw_tmp/`),
    saveCompiled: () => must(`[ -d ${COMPILED} ] || cp -a ${root}/data/openclaw_tmp ${COMPILED}`),
    /** @returns the seconds until it is healthy. */
    up: async (line = `${compose} up -d`) => {
      await mustRun(line);
      // As the container's own check, which comes every thirty seconds only.
      const probe = () => isRefusedAsEmpty(`http://127.0.0.1:${gatewayPort}/v1/responses`);
      return until("healthy", probe);
    },
    down: () => run(`${compose} down -t 5; docker rm -f openclaw-gateway`),
    /** What the model was told is in `told`. */
    turn: async (input: string) => {
      const answer = await fetch(`http://127.0.0.1:${gatewayPort}/v1/responses`, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "openclaw:main", user: "docker-test", input }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    async startService() {
      void run("exec bun run start > service.log 2>&1");
      await until("the service", isReady, 120_000);
    },
    async stopService() {
      if (!(await isReady())) return;
      await mustRun(`kill "$(ss -ltnpH 'sport = :${port}' | grep -o 'pid=[0-9]*' | head -1 | cut -d= -f2)"`);
      await until("the service's end", async () => !(await isReady()), 60_000);
    },
    doctor: async () => {
      const { stdout } = await run("bun run doctor --json");
      // Before it, a first run tells that it builds the executable.
      return (JSON.parse(stdout.slice(stdout.indexOf("{"))) as { findings: ReportLine[] }).findings;
    },
    /** MiB that cannot be given back, of the whole container; the peak while `act` runs, and then. */
    async memory(act: () => Promise<unknown> = async () => {}) {
      const id = await inspect("{{.Id}}");
      const read = async () => {
        const v1 = `grep -h '^total_rss ' /sys/fs/cgroup/memory/docker/${id}/memory.stat`;
        const v2 = `grep -h '^anon ' /sys/fs/cgroup/system.slice/docker-${id}.scope/memory.stat`;
        return Number((await sh(`${v1} 2>/dev/null || ${v2}`)).stdout.split(" ")[1]) / 1024 ** 2;
      };
      let peak = 0;
      let isOver = false;
      const watch = (async () => {
        while (!isOver) {
          // Not a number between the death of a container and its restart.
          peak = Math.max(peak, (await read()) || 0);
          await Bun.sleep(200);
        }
      })();
      await act();
      isOver = true;
      await watch;
      return { peak: Math.round(peak), now: Math.round(await read()) };
    },
    /** MiB of each part as it is now; the service's and the engine's by their share of common pages. */
    async parts(): Promise<string> {
      const pss = async (pids: string) => {
        const files = `$(for pid in ${pids}; do echo /proc/$pid/smaps_rollup; done)`;
        return (await run(`cat ${files} 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print int(sum / 1024) }'`))
          .stdout;
      };
      const service = await pss(`$(ss -ltnpH 'sport = :${port}' | grep -o 'pid=[0-9]*' | cut -d= -f2)`);
      const engine = await pss("$(pgrep -x 'dockerd|containerd|containerd-shim|docker-proxy|docker-init')");
      const isUp = (await run("docker inspect -f '{{.State.Running}}' openclaw-gateway")).stdout === "true";
      return `gateway ${isUp ? (await this.memory()).now : 0}, service ${service}, engine ${engine} MiB`;
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
    },
  };
};

export type Site = Awaited<ReturnType<typeof createSite>>;
