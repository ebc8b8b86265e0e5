/** The server with what it is brought, and the verbs of its operator. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { codexPeer, ensurePeer, openclawPeer } from "@test/real/peers.ts";
import { startFakeModelServer } from "@test/support/fake-model-server.ts";
import { must as mustHere } from "@test/support/shell.ts";
import type { ReportLine } from "@/doctor/report.ts";
import { BROUGHT, ensureBase, makeDisks, prepareHost } from "./image.ts";
import { createMemoryTable } from "./memory.ts";
import { startRegistry } from "./registry.ts";
import { createServer, HOST, type Server } from "./server.ts";

const PROJECT = resolve(import.meta.dir, "../..");
export const BACKEND = "openclaw-assistant-backend";
export const GATEWAY = "openclaw-gateway";
export const README = "README.zh-CN.md";
export const RUNBOOK = "RUNBOOK.zh-CN.md";
const [BACKEND_PORT, GATEWAY_PORT] = [18889, 18789];
const POLL_MS = 2000;
/** Emulated, on a host that may have other things to do. */
const PATIENCE_SECONDS = 1200;

interface Job {
  state: string;
  error_code: string;
  error: string;
  result_text: string;
  peak_memory_mib: number | null;
}

export const expect = (isSo: boolean, otherwise: string): void => {
  if (!isSo) throw new Error(otherwise.slice(0, 900));
};
export const secondsSince = (sinceMs: number): string => ((performance.now() - sinceMs) / 1000).toFixed(0);

/** @param versions of OpenClaw that are brought, as an install leaves them. */
export const createStage = async (versions: readonly string[]) => {
  await prepareHost();
  const base = await ensureBase();
  const folder = mkdtempSync(join(tmpdir(), "vps-"));
  const at = (name: string) => join(folder, name);
  const registry = await startRegistry([
    { dependencies: { bun: Bun.version } },
    { dependencies: await lockedPackages(at("locked")) },
    // As deploy/openclaw-gateway.sh asks for it.
    { dependencies: { openclaw: "2026.2.9" }, overrides: { libsignal: "6.0.0" } },
  ]);
  await mustHere(`ssh-keygen -q -t ed25519 -N '' -f ${at("key")}`);
  await cloneTo(at("repository"));
  const peers: Record<string, string> = { codex: await ensurePeer(codexPeer) };
  for (const version of versions) peers[`openclaw-${version}`] = await ensurePeer(openclawPeer(version));
  const disks = await makeDisks(folder, base, {
    authorized_keys: at("key.pub"),
    repository: at("repository"),
    ...peers,
  });
  const server = await createServer({ folder, base, disks, keyFile: at("key"), ports: [BACKEND_PORT, GATEWAY_PORT] });
  const model = startFakeModelServer();
  return {
    ...createOperator(server),
    model,
    registry,
    modelUrl: model.url.replace("127.0.0.1", HOST),
    async close() {
      await server.stop();
      await Promise.all([model.stop(), registry.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

export type Stage = Awaited<ReturnType<typeof createStage>>;

/** What one does on the server and sees of it. */
export const createOperator = (server: Server) => {
  const { run } = server;
  const memory = createMemoryTable(run);
  let tokens = { backend: "", gateway: "" };

  const must = async (line: string, timeoutMs?: number): Promise<string> => {
    const { code, out } = await run(line, timeoutMs);
    if (code !== 0) throw new Error(`${line}: exit code ${code}: ${out.slice(-600)}`);
    return out;
  };
  const request = (port: number, path: string, token: string, body?: object) =>
    fetch(server.url(port) + path, {
      method: body ? "POST" : "GET",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(900_000),
    });
  const api = async (path: string, body?: object): Promise<{ status: number; text: string }> => {
    const answer = await request(BACKEND_PORT, `/api/v1${path}`, tokens.backend, body);
    return { status: answer.status, text: await answer.text() };
  };
  const doctor = async (): Promise<ReportLine[]> => {
    const { out } = await run("bun run doctor --json 2>/dev/null", 600_000);
    expect(out.includes("{"), `the doctor says nothing: ${out}`);
    return JSON.parse(out.slice(out.indexOf("{"))).findings;
  };

  return {
    ...server,
    must,
    memory,
    /** Waits for what gives no signal, and looks at the memory meanwhile. @returns seconds. */
    async until(what: string, isTrue: () => Promise<boolean>, limitSeconds = PATIENCE_SECONDS): Promise<string> {
      const startedMs = performance.now();
      while (!(await isTrue())) {
        if (performance.now() - startedMs > limitSeconds * 1000)
          throw new Error(`not within ${limitSeconds} s: ${what}`);
        await memory.sample();
        await Bun.sleep(POLL_MS);
      }
      await memory.sample();
      return secondsSince(startedMs);
    },
    write: (path: string, text: string) => must(`echo ${Buffer.from(text).toString("base64")} | base64 -d > ${path}`),
    show: async (unit: string, property: string) => (await run(`systemctl show --value -p ${property} ${unit}`)).out,
    /** They are known after the first start. */
    async readTokens() {
      const [backend = "", gateway = ""] = (
        await must("sed -n 's/^BACKEND_API_TOKEN=//p' .env; sed -n 's/^OPENCLAW_GATEWAY_TOKEN=//p' .env")
      ).split("\n");
      tokens = { backend, gateway };
    },
    api,
    isReady: () =>
      fetch(`${server.url(BACKEND_PORT)}/readyz`, { signal: AbortSignal.timeout(60_000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    /** It refuses an empty turn before any model is called. */
    isGatewayUp: () =>
      request(GATEWAY_PORT, "/v1/responses", tokens.gateway, {}).then(
        ({ status }) => status === 400,
        () => false,
      ),
    turn: (input: string) => api("/responses", { model: "openclaw:main", input }),
    async submit(task: string): Promise<string> {
      const { status, text } = await api("/executor/jobs", { task, cwd: "/tmp" });
      expect(status === 200, `the job is refused: ${status} ${text}`);
      return (JSON.parse(text) as { job_id: string }).job_id;
    },
    async jobOf(id: string): Promise<Job> {
      return (JSON.parse((await api(`/executor/jobs/${id}`)).text) as { job: Job }).job;
    },
    doctor,
    /** @returns the command. */
    async namedFirst(kind: string): Promise<string> {
      const [first] = await doctor();
      expect(first?.kind === kind, `the doctor names first ${first?.kind} (${first?.seen}; ${first?.cause})`);
      return first?.command.replaceAll("sudo ", "") ?? "";
    },
    async hasNoFault(except: readonly string[] = []): Promise<void> {
      const failed = (await doctor()).filter(({ state, kind }) => state === "fail" && !except.includes(kind));
      expect(failed.length === 0, failed.map(({ kind, seen, cause }) => `${kind}: ${seen}; ${cause}`).join(" | "));
    },
  };
};

/** As git would give it, with what is not committed yet. */
const cloneTo = async (folder: string): Promise<void> => {
  mkdirSync(folder);
  const listed = "git ls-files -z --cached --others --exclude-standard -- ':!node_modules'";
  await mustHere(`${listed} | xargs -0 cp --parents -t ${folder}`, { cwd: PROJECT });
  await mustHere("git init -q && git add -A && git -c user.name=t -c user.email=t@t commit -qm one", { cwd: folder });
};

/** What the service needs, by bun.lock. */
const lockedPackages = async (scratch: string): Promise<Record<string, string>> => {
  mkdirSync(scratch);
  await mustHere(`cp package.json bun.lock ${scratch}`, { cwd: PROJECT });
  await mustHere(`${process.execPath} install --frozen-lockfile --production`, { cwd: scratch });
  // Bun 1.4.5 finds nothing by the two as one pattern with braces.
  const manifests = ["*", "@*/*"].flatMap((name) => [
    ...new Bun.Glob(`node_modules/${name}/package.json`).scanSync(scratch),
  ]);
  return Object.fromEntries(
    manifests.map((path) => {
      const { name, version } = JSON.parse(readFileSync(join(scratch, path), "utf8")) as Record<string, string>;
      return [name, version];
    }),
  );
};

/** The commands of a document that have these words, with the address of what was brought. */
export const fromDocument = (name: string, words: string): string => {
  const text = readFileSync(join(PROJECT, name), "utf8");
  const block = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].find(([, code]) => code?.includes(words));
  if (!block?.[1]) throw new Error(`${name} has no commands with ${words}`);
  return block[1].replace("<本仓库地址>", `${BROUGHT}/repository`);
};
