/**
 * `bun run test:runbook`: runs every command of RUNBOOK.zh-CN.md, in its order, in a project of its own with a service
 * of its own. What is marked as needing Docker or root is played by test:docker and test:systemd, which fail for a block
 * that they have not played.
 */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { runbookBlocks } from "@test/support/runbook.ts";
import { listBackups } from "@/backup/folder.ts";
import { listProcesses, readEnvironment } from "@/lib/proc.ts";

const PROJECT_ROOT = resolve(import.meta.dir, "../..");
const COPIED = [
  "src",
  "drizzle",
  "deploy",
  "scripts",
  ".env.example",
  "bun.lock",
  "package.json",
  "tsconfig.json",
  "openclaw_sidecar.compose.yml",
  "openclaw_sidecar.config.json5",
];
const START_DEADLINE_MS = 60_000;
const API_TOKEN = "runbook-token-of-the-api-0123456789";
/** It tells of what it finds, and this host has no gateway. */
const MAY_WARN = "bun run doctor";

const home = realpathSync(mkdtempSync(join(tmpdir(), "runbook-")));
const project = join(home, "project");
const probe = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
const port = String(probe.port);
await probe.stop(true);

mkdirSync(join(home, "bin"));
symlinkSync(process.execPath, join(home, "bin/bun"));
for (const name of COPIED) cpSync(join(PROJECT_ROOT, name), join(project, name), { recursive: true });
symlinkSync(join(PROJECT_ROOT, "node_modules"), join(project, "node_modules"));
const gatewayToken = "OPENCLAW_GATEWAY_TOKEN=runbook-token-of-the-gateway-0123456789";
const receiver = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
const webhook = `NOTIFY_WEBHOOK_URL=http://127.0.0.1:${receiver.port}/in`;
writeFileSync(
  join(project, ".env"),
  `BACKEND_PORT=${port}\nBACKEND_API_TOKEN=${API_TOKEN}\n${gatewayToken}\n${webhook}\n`,
  {
    mode: 0o600,
  },
);

const run = (line: string, standIns = "") => {
  const path = [...(standIns ? [standIns] : []), join(home, "bin"), "/usr/local/bin", "/usr/bin", "/bin"].join(":");
  return Bun.spawn(["sh", "-c", line], {
    cwd: project,
    env: { PATH: path, HOME: home, CALLS: join(home, "calls"), NPM_FAILS: "", RUNBOOK_TEST: home },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
};

/** @returns what it printed, or the complaint. */
const runToEnd = async (line: string, standIns = ""): Promise<string> => {
  const child = run(`set -e\n${line}`, standIns);
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const code = await child.exited;
  const isFine = code === 0 || (line === MAY_WARN && code <= 2);
  return isFine ? "" : `exit code ${code}: ${(stdout + stderr).slice(-400)}`;
};

const isReady = () =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );

const until = async (isTrue: () => Promise<boolean>): Promise<string> => {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadline) return "it did not come to pass in time";
    await Bun.sleep(50);
  }
  return "";
};

const blocks = runbookBlocks();
const stopLine = blocks.find(({ code }) => code.startsWith("kill "))?.code ?? "";
const stop = async () => {
  if (!(await isReady())) return "";
  return (await runToEnd(here(stopLine))) || until(async () => !(await isReady()));
};

const start = async () => {
  if (await isReady()) return "";
  run("exec bun run start");
  return until(isReady);
};

/** The reader puts in what the angle brackets ask for. */
const here = (text: string): string =>
  text
    .replaceAll("18889", port)
    .replaceAll("<trace_id>", "runbook-trace")
    .replaceAll("backups/backend_state-<时间>.db", listBackups(join(project, "backups"))[0]?.path ?? "none")
    .replaceAll("backend_state.db.before-migration-<编号>", "backend_state.db.before-migration-1")
    .replaceAll("<版本>", "v-next")
    .replaceAll("<旧版本>", "v-before")
    .trimEnd();

/** As an upgrade leaves it. */
const saveAsBeforeMigration = async () => {
  const copy = join(project, "data/backend_state.db.before-migration-1");
  cpSync(listBackups(join(project, "backups"))[0]?.path ?? "", copy);
};

/** Each way in which a block is run; the first that fits. */
const runBlock = async (text: string): Promise<string> => {
  if (text.includes("openclaw-gateway.sh")) return runToEnd(text, join(import.meta.dir, "bin"));
  if (text.includes("restore")) return (await stop()) || runToEnd(text);
  if (text === stopLine.trimEnd().replace("18889", port)) return stop();
  if (!text.includes("bun run start")) return (await start()) || runToEnd(text);
  const [before = "", after = ""] = text.split(/^bun run start$/m).map((part) => part.trim());
  return (await stop()) || (before && (await runToEnd(before))) || (await start()) || (after && runToEnd(after));
};

const results: [what: string, complaint: string][] = [];
try {
  const git = "git -c user.name=t -c user.email=t@t";
  const versions = `printf 'node_modules\\n.cache\\ndata\\nlogs\\nbackups\\n.env\\n' > .gitignore; git init -q && git add . && ${git} commit -qm one && git tag v-before && ${git} commit -q --allow-empty -m two && git tag v-next && git remote add origin .`;
  results.push(["a project with two versions", await runToEnd(versions)]);
  for (const { section, needs, code } of blocks) {
    if (needs !== "") continue;
    if (section.startsWith("5.")) {
      await start();
      await fetch(`http://127.0.0.1:${port}/api/v1/status`, { headers: { "x-trace-id": "runbook-trace" } }).catch(
        () => {},
      );
    }
    if (code.includes("before-migration-")) await saveAsBeforeMigration();
    const text = here(code);
    const complaint = await runBlock(text);
    results.push([`${section}: ${text.split("\n")[0]}`, complaint]);
    console.log(`${complaint === "" ? "pass" : "FAIL"}  ${results.at(-1)?.join(complaint && ": ")}`);
  }
} finally {
  for (const { pid } of listProcesses()) {
    if (readEnvironment(pid).includes(`RUNBOOK_TEST=${home}`)) process.kill(pid, "SIGKILL");
  }
  rmSync(home, { recursive: true, force: true });
}

const failed = results.filter(([, complaint]) => complaint !== "").length;
for (const needs of ["Docker", "root"]) {
  const left = blocks.filter((block) => block.needs === needs).length;
  console.log(`${left} need ${needs}: played by test:${needs === "root" ? "systemd" : "docker"}`);
}
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
