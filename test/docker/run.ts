/**
 * `bun run test:docker [--short]`: the compose file and the runbook's Docker commands with a real engine, the real
 * OpenClaw and a fake model. It installs what it needs (as root, with apt); without an engine the short form says so.
 * The long form takes Compose 2, the short one Debian's own, which is 1.29.
 */
import { Database } from "bun:sqlite";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startFakeModelServer } from "@test/support/fake-model-server.ts";
import { createRunbook } from "@test/support/runbook.ts";
import { must, sh } from "@test/support/shell.ts";
import { messageOf } from "@/lib/errors.ts";
import { composeProgram, startEngine } from "./engine.ts";
import { createPredecessor } from "./predecessor.ts";
import { API_TOKEN, cloneInto, composeLine, createSite, type Site, TOKEN, until } from "./site.ts";

const isShort = process.argv.includes("--short");
const only = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const NAME = "openclaw-assistant-backend";
const [OLD, NEW] = ["2026.2.9", "2026.9.6"] as const;

const scratch = mkdtempSync(join(tmpdir(), "docker-"));
const results: [row: string, complaint: string][] = [];

const expect = (isSo: boolean, otherwise: string): void => {
  if (!isSo) throw new Error(otherwise.slice(0, 800));
};

interface Row {
  what: string;
  isLong?: boolean;
  /** @returns figures. */
  play: (site: Site) => Promise<string>;
}

const stop = await startEngine({ scratch, withPlugin: !isShort }).catch((error: unknown) => {
  rmSync(scratch, { recursive: true, force: true });
  console.log(`no Docker engine can be had here, so nothing of it is tested: ${messageOf(error)}`);
  console.log("0 passed, 0 failed");
  return process.exit(isShort ? 0 : 1);
});

const compose = composeLine();
const runbook = createRunbook("Docker", (code) => code.replaceAll("docker compose", composeProgram()));
mkdirSync(join(scratch, "bin"));
mkdirSync(join(scratch, "home"));
for (const program of ["bun", "docker", "docker-compose"]) {
  const path = program === "bun" ? process.execPath : Bun.which(program);
  if (path) symlinkSync(path, join(scratch, "bin", program));
}
const bridge = await must("docker network inspect bridge -f '{{(index .IPAM.Config 0).Gateway}}'");
const model = startFakeModelServer(bridge || "172.17.0.1");
/** A registry that has nothing, and notes what it is asked for. */
const asked: string[] = [];
const registry = Bun.serve({
  hostname: bridge || "172.17.0.1",
  port: 0,
  fetch(request) {
    asked.push(new URL(request.url).pathname);
    return Response.json({ error: "not found" }, { status: 404 });
  },
});
const told = () => JSON.stringify(model.requests().at(-1)?.body ?? null);

const rows: Row[] = [
  {
    what: "without its folders the container is not made, and neither are they",
    async play(site) {
      const { code, text } = await site.run(`${compose} up -d`);
      expect(code !== 0 && /does not exist/.test(text), text);
      expect(!existsSync(site.path("data")), "data was made");
      return "";
    },
  },
  {
    what: "first start by the README: the service, then compose; healthy, and a turn",
    async play(site) {
      await site.startService();
      await site.provide(OLD);
      if (isShort) await site.warmUp();
      await site.mustRun(runbook.take(1, `${compose} up -d`));
      let healthy = 0;
      const { peak } = await site.memory(async () => {
        healthy = await site.up("true");
      });
      await site.saveCompiled();
      const { status, text } = await site.turn("[[say:first answer]]");
      expect(status === 200 && text.includes("first answer"), `${status} ${text}`);
      return `healthy in ${healthy} s, ${peak} MiB at most`;
    },
  },
  {
    what: "the container: loopback only, read-only root, no capability, token on no command line, folders private",
    async play(site) {
      const listeners = await must(`ss -ltnH 'sport = :${site.gatewayPort}'`);
      expect(/127\.0\.0\.1:/.test(listeners) && !/0\.0\.0\.0:\d+ +0/.test(listeners), listeners);
      const touch = await site.run("docker exec openclaw-gateway touch /etc/x /usr/x");
      expect(touch.code !== 0 && (touch.text.match(/Read-only/g)?.length ?? 0) >= 2, touch.text);
      const [, ...check] = JSON.parse(await site.inspect("{{json .Config.Healthcheck.Test}}")) as string[];
      const health = Bun.spawnSync(["docker", "exec", "openclaw-gateway", ...check]).exitCode;
      expect(health === 0, `the health check exits with ${health}`);
      const status = await site.mustRun("docker exec openclaw-gateway cat /proc/1/status");
      expect(/CapEff:\s+0+$/m.test(status), status);
      expect(!(await site.mustRun("docker top openclaw-gateway")).includes(TOKEN), "the token is on a command line");
      const modes = await site.mustRun("stat -c '%a %n' data/openclaw_*");
      expect(!/^(?!700)/m.test(modes), modes);
      expect(readdirSync(site.path("data/openclaw_workspace")).includes("AGENTS.md"), "the agents work elsewhere");
      return "";
    },
  },
  {
    what: "doctor finds the gateway in order",
    async play(site) {
      const findings = (await site.doctor()).filter(({ kind }) => /gateway|sidecar/.test(kind));
      const wrong = findings.filter(({ state, kind }) => state !== "ok" && kind !== "sidecar_outdated");
      expect(wrong.length === 0, JSON.stringify(wrong));
      return findings.map(({ kind }) => kind).join(" ");
    },
  },
  {
    what: "kill -9 of the gateway: Docker starts it again, warm",
    async play(site) {
      const pid = await site.inspect("{{.State.Pid}}");
      await must(`kill -9 ${pid}`);
      await until("the restart", async () => (await site.inspect("{{.RestartCount}}")) === "1");
      const seconds = await site.up("true");
      return `healthy after ${seconds} s`;
    },
  },
  {
    what: "stop during a turn",
    async play(site) {
      const turn = site.turn("[[slow:20]]");
      const received = model.received(({ body }) => JSON.stringify(body).includes("[[slow:20]]"));
      await Promise.race([received, turn.then(() => expect(false, "the turn is over already"))]);
      const begun = performance.now();
      await site.mustRun(`${compose} stop`);
      await turn.catch(() => undefined);
      const seconds = Math.round((performance.now() - begun) / 100) / 10;
      const code = await site.inspect("{{.State.ExitCode}}");
      expect(seconds < 100, `stopped after ${seconds} s`);
      return `${seconds} s, exit code ${code}`;
    },
  },
  {
    what: "no token: compose says which; the placeholder: one sentence, no restart loop, told by page and doctor",
    async play(site) {
      site.writeSettings({ OPENCLAW_GATEWAY_TOKEN: "" });
      const missing = await site.run(`${compose} up -d`);
      expect(missing.code !== 0 && missing.text.includes("set OPENCLAW_GATEWAY_TOKEN in .env"), missing.text);
      site.writeSettings({ OPENCLAW_GATEWAY_TOKEN: "replace_with_strong_random_token" });
      return refused(site, "still the placeholder");
    },
  },
  {
    what: "a version that does not exist, from a mirror: one sentence, no restart loop, told by page and doctor",
    async play(site) {
      const mirror = `http://${registry.hostname}:${registry.port}`;
      site.writeSettings({ OPENCLAW_VERSION: "2026.99.1", OPENCLAW_NPM_REGISTRY: mirror });
      const figures = await refused(site, "npm has no openclaw 2026.99.1");
      expect(asked.includes("/openclaw"), `the mirror was asked for ${asked}`);
      return figures;
    },
  },
  {
    what: "a limit that is too low: the container's end is told by page and doctor, whose command raises it",
    isLong: true,
    async play(site) {
      site.writeSettings({ OPENCLAW_MEMORY_LIMIT: "200m" });
      await site.mustRun(`${compose} up -d --force-recreate`);
      await until("a second restart", async () => Number(await site.inspect("{{.RestartCount}}")) > 1, 240_000);
      const state = await site.inspect("{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}");
      const finding = await named(site);
      expect(finding?.kind === "container_memory", `the doctor says ${finding?.kind}; ${state}`);
      await toldBy(site, "container was killed: out of memory");
      const healthy = await site.up(finding?.command);
      const limit = Number(await site.inspect("{{.HostConfig.Memory}}")) / 1024 ** 2;
      expect(limit === 1536, `${limit} MiB`);
      return `${state}; healthy in ${healthy} s at ${limit} MiB`;
    },
  },
  {
    what: "a port that was taken: what Docker says is told, and the doctor's command creates the container anew",
    isLong: true,
    async play(site) {
      await site.mustRun(`${compose} down`);
      const other = Bun.serve({ hostname: "127.0.0.1", port: site.gatewayPort, fetch: () => new Response("x") });
      const { code, text } = await site.run(`${compose} up -d`);
      await other.stop(true);
      expect(code !== 0, text);
      const finding = await named(site);
      expect(finding?.kind === "container_failed", `the doctor says ${finding?.kind}`);
      return `healthy in ${await site.up(finding?.command)} s`;
    },
  },
  {
    what: "files of uid 1000: the sentence names the setting, the doctor's command sets it, the gateway runs as 1000",
    async play(site) {
      site.writeSettings();
      await site.mustRun("chown 1000:1000 data/openclaw_releases");
      await site.mustRun("chown -R 1000:1000 data/openclaw_home data/openclaw_workspace data/openclaw_tmp");
      await refused(site, "Set OPENCLAW_USER=1000:1000 in .env");
      const finding = (await site.doctor()).find(({ kind }) => kind === "sidecar_user");
      expect(finding !== undefined, "the doctor does not name it");
      const healthy = await site.up(finding?.command);
      const { status } = await site.turn("[[say:second answer]]");
      const foreign = await site.mustRun("find data/openclaw_home data/openclaw_workspace ! -user 1000");
      expect(status === 200 && foreign === "", `${status}, ${foreign}`);
      expect(told().includes("first answer"), "the session of the first row is lost");
      await site.mustRun(`${compose} down`);
      await site.mustRun(
        "chown -R 0:0 data/openclaw_home data/openclaw_workspace data/openclaw_tmp; chown 0:0 data/openclaw_releases",
      );
      site.writeSettings();
      return `healthy in ${healthy} s`;
    },
  },
  {
    what: "a data/openclaw of an earlier version is taken over by the doctor's command, its session goes on",
    async play(site) {
      await site.down();
      await site.mustRun("mkdir data/openclaw && mv data/openclaw_home data/openclaw/state");
      await site.mustRun("mv data/openclaw_releases data/openclaw/releases");
      await site.mustRun(
        "mkdir -p data/openclaw/home/.openclaw && mv data/openclaw/state/home/.??* data/openclaw/home/ || true",
      );
      await site.mustRun("mv data/openclaw_workspace data/openclaw/home/.openclaw/workspace");
      await site.mustRun(
        "sed -i 's#/root/.openclaw/#/data/state/#g' data/openclaw/state/agents/*/sessions/sessions.json",
      );
      const earlier = await site.mustRun("cd data/openclaw/home/.openclaw/workspace && sha256sum *.md");
      expect((await site.run(`${compose} up -d`)).code !== 0, "started without the folders");
      const finding = (await site.doctor()).find(({ kind }) => kind === "sidecar_folder_earlier");
      expect(finding !== undefined, "the doctor does not name it");
      const healthy = await site.up(finding?.command);
      const { status } = await site.turn("[[say:third answer]]");
      expect(status === 200 && told().includes("first answer"), `${status}: the session is lost`);
      expect((await site.mustRun("cd data/openclaw_workspace && sha256sum *.md")) === earlier, "the workspace differs");
      expect(!existsSync(site.path("data/openclaw")), "the old folder is still there");
      return `healthy in ${healthy} s`;
    },
  },
  {
    what: "without Docker and with it: one state, the session goes on both ways",
    isLong: true,
    async play(site) {
      await site.mustRun(runbook.take(2, `${compose} down`));
      const config = site.path("openclaw_sidecar.config.json5");
      const written = readFileSync(config, "utf8");
      writeFileSync(config, written.replace("18789", String(site.gatewayPort)));
      const script = Bun.spawn([site.path("deploy/openclaw-gateway.sh")], { stdio: ["ignore", "ignore", "ignore"] });
      await until(
        "the gateway by hand",
        async () => (await site.turn("[[say:by hand]]").catch(() => undefined))?.status === 200,
      );
      const isKept = told().includes("first answer");
      script.kill("SIGTERM");
      await script.exited;
      writeFileSync(config, written);
      await site.up();
      await site.turn("[[say:in docker]]");
      expect(
        isKept && told().includes("by hand"),
        `kept by hand: ${isKept}, then in Docker: ${told().includes("by hand")}`,
      );
      return "";
    },
  },
  {
    what: `an empty auth.json (2026.2.17), then up to ${NEW} and back by the runbook, twice: no copy in a copy, sessions kept`,
    isLong: true,
    async play(site) {
      const auth = site.path("data/openclaw_home/agents/main/agent/auth.json");
      mkdirSync(dirname(auth), { recursive: true });
      writeFileSync(auth, "{}");
      await site.provide(NEW);
      const figures: string[] = [];
      for (const round of [1, 2]) {
        const [upgrade = "", ...rest] = runbook.take(7, `${compose} stop`).split(/^(?=.*up -d)/m);
        await site.mustRun(`set -e\n${upgrade}`);
        const healthy = await site.up(rest.join("").split("\n")[0]);
        const { peak, now } = await site.memory(async () => {
          for (const turn of [1, 2, 3]) {
            const { status, text } = await site.turn(`[[say:new ${round}.${turn}]]`);
            expect(status === 200, `round ${round}, turn ${turn}: ${status} ${text}`);
            expect(turn > 1 || told().includes("first answer"), "the session is lost by the upgrade");
          }
        });
        figures.push(`${NEW} healthy in ${healthy} s, three turns ${peak} MiB at most, then ${now}`);
        const [copy = ""] = (await site.mustRun("ls -d data/openclaw_home.before-*")).split("\n").slice(-1);
        const back = runbook.take(8, `${compose} stop`).replace(/data\/openclaw_home\.before-<时间>/, copy);
        const [before = "", up = ""] = back.split(/^(?=.*up -d)/m);
        await site.mustRun(`set -e\n${before}`);
        figures.push(`${OLD} healthy in ${await site.up(up)} s`);
        await site.turn(`[[say:old again ${round}]]`);
        expect(told().includes("first answer") && !told().includes(`new ${round}.`), "not the session from before");
      }
      const nested = await site.mustRun("find data/openclaw_home* -mindepth 1 -maxdepth 2 -name 'openclaw_home*'");
      expect(nested === "", `nested: ${nested}`);
      expect((await site.mustRun("ls -d data/openclaw_home.*")).split("\n").length === 4, "not four copies");
      return figures.join("; ");
    },
  },
  {
    what: `an old login store: ${NEW} keeps exiting, as page and doctor tell; OpenClaw's own command, as told, mends it`,
    isLong: true,
    async play(site) {
      await site.mustRun(`${compose} stop && cp -a data/openclaw_home kept`);
      await site.provide(NEW);
      const auth = site.path("data/openclaw_home/agents/main/agent/auth.json");
      mkdirSync(dirname(auth), { recursive: true });
      writeFileSync(auth, JSON.stringify({ fake: { type: "api_key", key: "old-key" } }));
      site.writeSettings({ OPENCLAW_VERSION: NEW });
      try {
        await site.mustRun(`${compose} up -d`);
        await until("a second restart", async () => Number(await site.inspect("{{.RestartCount}}")) > 1);
        const finding = await named(site);
        expect(finding?.kind === "gateway_looping", `the doctor says ${finding?.kind}`);
        await toldBy(site, "The gateway keeps exiting");
        const healthy = await site.up(finding?.command);
        const { status, text } = await site.turn("[[say:mended]]");
        expect(status === 200, `${status} ${text}`);
        return `healthy in ${healthy} s`;
      } finally {
        await site.mustRun(`${compose} stop && rm -rf data/openclaw_home && mv kept data/openclaw_home`);
        site.writeSettings();
      }
    },
  },
  {
    what: "a real install by npm: progress in the log, cut off in the middle, begun anew, cold start",
    isLong: true,
    async play(site) {
      await site.mustRun(
        `${compose} down; rm -rf data/openclaw_releases data/openclaw_tmp; deploy/openclaw-gateway.sh --prepare`,
      );
      const ca = process.env.NODE_EXTRA_CA_CERTS;
      const lines = ["services:", "  openclaw-gateway:", "    environment: { NODE_EXTRA_CA_CERTS: /ca.crt }"];
      writeFileSync(site.path("ca.yml"), [...lines, `    volumes: ["${ca}:/ca.crt:ro"]`, ""].join("\n"));
      const files = ca ? `${compose} -f ca.yml` : compose;
      await site.mustRun(`${files} up -d`);
      await until("progress", async () => /installing openclaw .*: 30 s/.test(await site.logs()));
      const installing = (await site.doctor()).find(({ kind }) => /^gateway_/.test(kind));
      expect(installing?.kind === "gateway_installing", `the doctor says ${installing?.kind}`);
      await must(`kill -9 ${await site.inspect("{{.State.Pid}}")}`);
      const { peak } = await site.memory(() => site.up("true"));
      const seconds = /installing openclaw .*: (\d+) s, (\d+) MB\n(?!.*installing)/s.exec(await site.logs());
      await site.turn("[[say:after the install]]");
      return `installed in about ${seconds?.[1]} s, ${peak} MiB at most`;
    },
  },
];

/** What the doctor names first of the gateway. */
const named = async (site: Site) =>
  (await site.doctor()).find(({ state, kind }) => state === "fail" && /gateway|sidecar|container/.test(kind));

/** What a chat gets, which is what the page says; the service may be about to ask again. */
const toldBy = async (site: Site, sentence: string) => {
  const told = async () => (await (await site.request("/api/v1/status?format=text&lang=en")).text()).includes(sentence);
  await until(`the chat text: ${sentence}`, told, 90_000);
};

/** @returns figures: it must say one sentence, and not restart while one waits. */
const refused = async (site: Site, sentence: string): Promise<string> => {
  await site.run(`${compose} up -d --force-recreate`);
  const seconds = await until(sentence, async () => (await site.logs()).includes(sentence), 120_000);
  await Bun.sleep(5000);
  const count = ((await site.logs()).match(new RegExp(sentence.replaceAll(/[.*+?]/g, "\\$&"), "g")) ?? []).length;
  const restarts = await site.inspect("{{.RestartCount}}");
  expect(count === 1 && restarts === "0", `said ${count} times, ${restarts} restarts`);
  const finding = await named(site);
  const known = ["gateway_not_startable", "gateway_token_missing", "sidecar_user"];
  expect(known.includes(finding?.kind ?? ""), `the doctor says ${finding?.kind}`);
  await toldBy(site, sentence.replace(/ in \.env$/, ""));
  return `said after ${seconds} s, restarted ${restarts} times, doctor: ${finding?.kind}`;
};

const filesOf = async (root: string) =>
  (
    await must(
      "find .env data logs -type f ! -name '*.db*' ! -path '*/.status' -print0 | sort -z | xargs -0 sha256sum",
      { cwd: root },
    )
  ).split("\n");

const tablesOf = (root: string) => {
  const database = new Database(join(root, "data/backend_state.db"), { readonly: true });
  // A job that was running is told as interrupted (contract), so states may differ.
  const columns = "job_id, executor, task, cwd, permission_level, created_at, coalesce(result_text, ''), trace_id";
  const read = (sql: string) => JSON.stringify(database.query(sql).all());
  const tables = [
    read("SELECT provider_id, model, provider_type, base_url, imported_at, source FROM model_snapshots ORDER BY id"),
    read("SELECT imported_at, source, provider_count, trace_id FROM sync_events ORDER BY id"),
    read(`SELECT ${columns} FROM executor_jobs ORDER BY job_id`),
  ];
  database.close();
  return tables;
};

const expectSame = (now: string[], before: string[]): void => {
  for (const [index, table] of before.entries()) {
    const at = [...table].findIndex((letter, place) => letter !== now[index]?.[place]);
    const around = (text = "") => text.slice(Math.max(0, at - 60), at + 60);
    expect(table === now[index], `table ${index} differs: ${around(table)} is ${around(now[index])}`);
  }
};

/** The runbook's section 12, word for word. */
const playSwap = async (): Promise<string> => {
  const parent = join(scratch, "swap");
  const root = join(parent, NAME);
  mkdirSync(join(parent, "bin"), { recursive: true });
  mkdirSync(join(parent, "home"));
  await must(`cp -a ${scratch}/bin/. ${parent}/bin/`);
  mkdirSync(root);
  const site = await createSite(root, model.url);
  const { port, gatewayPort } = site;
  const settings = `BACKEND_PORT=${port}\nBACKEND_API_TOKEN=${API_TOKEN}\nOPENCLAW_GATEWAY_TOKEN=${TOKEN}\nOPENCLAW_GATEWAY_URL=http://127.0.0.1:${gatewayPort}\nOPENCLAW_IMAGE=openclaw-test:22-bookworm\n`;
  const predecessor = await createPredecessor({ root, port, gatewayPort, modelUrl: model.url, settings });
  const repository = join(parent, "repository");
  await cloneInto(repository, gatewayPort);
  const git = "git -c user.name=t -c user.email=t@t";
  await must(
    `printf '.cache\\ndata\\nlogs\\nbackups\\n.env\\n' > .gitignore && git init -q && git add -A && ${git} commit -qm one`,
    {
      cwd: repository,
    },
  );
  await predecessor.start();
  await site.up("true");
  await site.turn("[[say:first answer]]");
  await until("uvicorn", () =>
    site
      .isReady()
      .then(() => fetch(`http://127.0.0.1:${port}/`))
      .then(
        () => true,
        () => false,
      ),
  );
  const turnsOn = async (what: string) => {
    const { status, text } = await site.turn(`[[say:${what}]]`);
    expect(
      status === 200 && told().includes("first answer"),
      `${what}: ${status} ${text.slice(0, 200)}, or the session is lost`,
    );
  };
  await turnsOn("before");
  const before = { files: await filesOf(root), tables: tablesOf(root) };

  // The doctor of a clone beside it names what still runs.
  const found = await sh(`OPENCLAW_BACKEND_ROOT=${root} bun run doctor --json`, {
    cwd: repository,
    env: { PATH: `${parent}/bin:/usr/bin:/bin` },
  });
  const kinds = (
    JSON.parse(found.stdout.slice(found.stdout.indexOf("{"))) as { findings: { kind: string }[] }
  ).findings.map(({ kind }) => kind);
  expect(
    ["predecessor_running", "gateway_container_other"].every((kind) => kinds.includes(kind)),
    `doctor: ${kinds}`,
  );

  const here = (text: string) => text.replaceAll("18889", String(port)).replaceAll("<仓库地址>", repository);
  const forth = here(runbook.take(12, "kill"));
  const steps = forth.trim().split("\n");
  expect(steps.length <= 6 && steps.at(-1) === "bun run start", `${steps.length} steps`);
  const begun = performance.now();
  await site.mustRun(`set -e\n${steps.slice(0, 4).join("\n")}`);
  const provided = join(root, "data/openclaw_releases");
  await site.mustRun("deploy/openclaw-gateway.sh --prepare");
  await site.provide(OLD);
  await site.warmUp();
  site.configureModel();
  await site.up(steps[4]);
  await site.startService();
  const seconds = Math.round((performance.now() - begun) / 1000);
  await turnsOn("ours");
  const ours = { files: await filesOf(root), tables: tablesOf(root) };
  const kept = [
    "openclaw_workspace/project",
    "openclaw_home/credentials",
    "openclaw_home/extensions",
    "openclaw_home/.env",
    " ./.env",
    " .env",
  ];
  const isKept = (line: string) => kept.some((name) => line.includes(name));
  const lost = before.files.filter((line) => isKept(line) && !ours.files.includes(line));
  expect(lost.length === 0, `changed: ${lost}`);
  expectSame(ours.tables, before.tables);
  const models = (await (await site.request("/api/v1/models")).json()) as { models: unknown[] };
  expect(models.models.length === 20, `${models.models.length} models`);
  const after = (await site.doctor()).filter(({ kind }) => /predecessor|container_other|sidecar_folder/.test(kind));
  expect(after.length === 0, JSON.stringify(after));

  await site.stopService();
  await site.mustRun(`set -e\n${here(runbook.take(12, compose))}`);
  rmSync(provided, { recursive: true, force: true });
  await predecessor.start();
  await site.up("true");
  await turnsOn("theirs again");
  const back = { files: await filesOf(root), tables: tablesOf(root) };
  const gone = before.files.filter((line) => isKept(line) && !back.files.includes(line));
  expect(gone.length === 0, `changed on the way back: ${gone}`);
  expectSame(back.tables, before.tables);
  const database = new Database(join(root, "data/backend_state.db"));
  database.run(
    "INSERT INTO executor_jobs (job_id, state, executor, task, cwd, permission_level, allow_danger, created_at, trace_id) VALUES ('ffffffffffffffff', 'queued', 'codex', 't', '/root', 'L3', 0, '2026-03-01T00:00:00Z', 'x')",
  );
  database.close();
  await site.run(`kill "$(ss -ltnpH 'sport = :${port}' | grep -o 'pid=[0-9]*' | head -1 | cut -d= -f2)"`);
  await sh("docker rm -f openclaw-gateway");
  return `${before.files.length} files and 3 tables compared, there in ${seconds} s`;
};

const note = (what: string, complaint: string, figures = "") => {
  results.push([what, complaint]);
  console.log(
    `${complaint === "" ? "pass" : "FAIL"}  ${what}${figures && ` (${figures})`}${complaint && `: ${complaint}`}`,
  );
};
const attemptRow = async (what: string, play: () => Promise<string>): Promise<void> => {
  if (only.length > 0 && !only.some((word) => what.includes(word))) return;
  try {
    note(what, "", await play());
  } catch (error) {
    note(what, messageOf(error));
  }
};

try {
  const root = join(scratch, NAME);
  const site = await createSite(root, model.url);
  await cloneInto(root, site.gatewayPort);
  site.writeSettings();
  site.configureModel();
  for (const { what, isLong, play } of rows) {
    if (isLong && isShort) continue;
    await attemptRow(what, async () => [await play(site), await site.parts()].filter(Boolean).join("; "));
  }
  await site.down();
  await site.stopService();
  await attemptRow("the swap from the Python service and back, by the runbook, compared file by file", playSwap);
  if (!isShort && only.length === 0) {
    await attemptRow("every block of the runbook that needs Docker was played", async () => {
      expect(runbook.unplayed() === "", runbook.unplayed());
      return "";
    });
  }
} finally {
  await sh("docker rm -f openclaw-gateway");
  await sh("docker network rm openclaw-assistant-backend_default");
  await model.stop();
  await registry.stop(true);
  await sh(`for pid in $(grep -lsz '^HOME=${scratch}' /proc/[0-9]*/environ | cut -d/ -f3); do kill -9 $pid; done`);
  await stop();
  rmSync(scratch, { recursive: true, force: true });
}
const failed = results.filter(([, complaint]) => complaint !== "").length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
