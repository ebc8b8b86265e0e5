/** Set-ups broken on purpose, each in one way. */
import { Database } from "bun:sqlite";
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { listBackups } from "@/backup/folder.ts";
import { API_TOKEN, freePort, GATEWAY_TOKEN, type Host } from "./host.ts";

export interface FaultCase {
  /** What the doctor must name first. */
  kind: string;
  how: string;
  break(host: Host): unknown;
}

const PLACEHOLDER = "replace_with_strong_random_token";
const DATABASE = "data/backend_state.db";

/** And the service before it, which would note the failure. */
const endGateway = async (host: Host): Promise<void> => {
  await host.stop();
  process.kill(Number(readFileSync(host.path("gateway.pid"), "utf8")), "SIGKILL");
  rmSync(host.path("gateway.pid"));
};

const rewrite = (path: string, from: string, to: string) =>
  writeFileSync(path, readFileSync(path, "utf8").replace(from, to));

const damage = (path: string) => {
  const bytes = readFileSync(path);
  bytes.fill(0x5a, 4096, 12_288);
  writeFileSync(path, bytes);
};

const withoutLog = (host: Host) => {
  const database = new Database(host.path(DATABASE));
  database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
};

const inGit = (host: Host) =>
  host.mustRun(
    `cd ${host.root} && git init -q && git add openclaw_sidecar.* && git -c user.name=t -c user.email=t@t commit -qm files`,
  );

const newestBackup = (host: Host): string => listBackups(host.path("backups"))[0]?.path ?? "";

export const cases: FaultCase[] = [
  {
    kind: "env_missing",
    how: "no .env",
    async break(host) {
      await host.stop();
      rmSync(host.path(".env"));
    },
  },
  {
    kind: "env_unreadable",
    how: "a folder named .env",
    async break(host) {
      await host.stop();
      rmSync(host.path(".env"));
      mkdirSync(host.path(".env"));
    },
  },
  { kind: "env_open", how: "chmod 644 .env", break: (host) => chmodSync(host.path(".env"), 0o644) },
  { kind: "env_export", how: "export NAME=", break: (host) => host.setLine("export RELAY_MAX_WAITING=3") },
  { kind: "setting_unknown", how: "BACKEND_PROT", break: (host) => host.setLine("BACKEND_PROT=18889") },
  { kind: "setting_wrong", how: "words for numbers", break: (host) => host.setLine("EXECUTOR_TIMEOUT_SECONDS=soon") },
  { kind: "token_missing", how: "placeholder", break: (host) => host.replaceInEnv(API_TOKEN, PLACEHOLDER) },
  { kind: "token_missing", how: "9 characters", break: (host) => host.replaceInEnv(API_TOKEN, "too-short") },
  { kind: "token_missing", how: "empty", break: (host) => host.replaceInEnv(API_TOKEN, "") },
  {
    kind: "token_characters",
    how: "blanks in it",
    break: (host) => host.replaceInEnv(API_TOKEN, "some words of mine"),
  },
  { kind: "tokens_equal", how: "one token for both", break: (host) => host.replaceInEnv(API_TOKEN, GATEWAY_TOKEN) },
  {
    kind: "gateway_token_missing",
    how: "placeholder",
    break: (host) => host.replaceInEnv(GATEWAY_TOKEN, PLACEHOLDER),
  },
  {
    kind: "gateway_token_short",
    how: "5 characters, of both",
    async break(host) {
      host.replaceInEnv(GATEWAY_TOKEN, "short");
      await host.mustRun("docker compose -f openclaw_sidecar.compose.yml restart");
    },
  },
  { kind: "host_open", how: "0.0.0.0", break: (host) => host.setLine("BACKEND_HOST=0.0.0.0") },
  {
    kind: "folder_is_file",
    how: "a file named logs/backend",
    async break(host) {
      await host.stop();
      rmSync(host.path("logs/backend"), { recursive: true });
      writeFileSync(host.path("logs/backend"), "");
    },
  },
  { kind: "folder_open", how: "chmod 755 data", break: (host) => chmodSync(host.path("data"), 0o755) },
  { kind: "file_open", how: "chmod 644 of the database", break: (host) => chmodSync(host.path(DATABASE), 0o644) },
  {
    kind: "file_is_folder",
    how: "a folder named audit.jsonl",
    async break(host) {
      await host.stop();
      rmSync(host.path("logs/backend/audit.jsonl"));
      mkdirSync(host.path("logs/backend/audit.jsonl"));
    },
  },
  {
    kind: "database_replaced",
    how: "the database deleted under the running service",
    break: (host) => rmSync(host.path(DATABASE)),
  },
  {
    kind: "database_replaced",
    how: "the whole data folder deleted under the running service",
    break: (host) => rmSync(host.path("data"), { recursive: true }),
  },
  {
    kind: "database_broken",
    how: "pages overwritten, a backup there",
    async break(host) {
      await host.stop();
      withoutLog(host);
      damage(host.path(DATABASE));
    },
  },
  {
    kind: "database_broken",
    how: "no database, no backup",
    async break(host) {
      await host.stop();
      withoutLog(host);
      writeFileSync(host.path(DATABASE), "no database at all");
      rmSync(host.path("backups"), { recursive: true });
    },
  },
  {
    kind: "database_foreign",
    how: "another program's database",
    async break(host) {
      await host.stop();
      for (const suffix of ["", "-wal", "-shm"]) rmSync(host.path(DATABASE + suffix), { force: true });
      new Database(host.path(DATABASE)).run("CREATE TABLE notes (text)");
      chmodSync(host.path(DATABASE), 0o600);
    },
  },
  {
    kind: "port_taken",
    how: "another program listens",
    async break(host) {
      await host.stop();
      const child = host.shell(
        `exec bun -e 'Bun.serve({hostname:"127.0.0.1",port:${host.port},fetch:()=>new Response("x")});console.log(1)'`,
      );
      await child.stdout.getReader().read();
    },
  },
  { kind: "service_stopped", how: "stopped", break: (host) => host.stop() },
  {
    kind: "service_elsewhere",
    how: "BACKEND_PORT changed after the start",
    break: (host) => host.replaceInEnv(`BACKEND_PORT=${host.port}`, `BACKEND_PORT=${freePort()}`),
  },
  {
    kind: "service_silent",
    how: "kill -STOP",
    break: (host) => process.kill(host.service() ?? 0, "SIGSTOP"),
  },
  {
    kind: "gateway_refused",
    how: "the gateway is down",
    async break(host) {
      await endGateway(host);
    },
  },
  {
    kind: "docker_down",
    how: "the engine has ended, and the gateway with it",
    async break(host) {
      await endGateway(host);
      renameSync(host.path("home/docker.sock"), host.path("home/docker.sock.down"));
    },
  },
  {
    kind: "gateway_not_startable",
    how: "the script has given up",
    async break(host) {
      await endGateway(host);
      writeFileSync(host.path("data/openclaw_releases/.status"), "failed: npm has no openclaw 2026.99.1\n");
    },
  },
  {
    kind: "predecessor_running",
    how: "a process named uvicorn on our port",
    async break(host) {
      await host.stop();
      writeFileSync(
        host.path("home/uvicorn.js"),
        `Bun.serve({ hostname: "127.0.0.1", port: ${host.port}, fetch: () => new Response("{}") });`,
      );
      host.shell(`exec bun ${host.path("home/uvicorn.js")} app.main:app`);
      while ((await fetch(`http://127.0.0.1:${host.port}/`).catch(() => undefined)) === undefined) await Bun.sleep(20);
    },
  },
  {
    kind: "sidecar_folder_earlier",
    how: "a data/openclaw of an earlier release",
    break(host) {
      for (const name of readdirSync(host.path("data")).filter((one) => one.startsWith("openclaw_"))) {
        rmSync(host.path(`data/${name}`), { recursive: true });
      }
      mkdirSync(host.path("data/openclaw/state/agents"), { recursive: true });
    },
  },
  {
    kind: "sidecar_user",
    how: "the container is another user than the folders' owner",
    break: (host) =>
      rewrite(
        host.path(".env"),
        `OPENCLAW_USER=${process.getuid?.()}:${process.getgid?.()}`,
        "OPENCLAW_USER=4321:4321",
      ),
  },
  {
    kind: "gateway_unauthorized",
    how: "the gateway has another token",
    async break(host) {
      await host.stop();
      host.replaceInEnv(GATEWAY_TOKEN, `${GATEWAY_TOKEN}-of-before`);
      await host.mustRun("docker compose -f openclaw_sidecar.compose.yml restart");
      host.replaceInEnv(`${GATEWAY_TOKEN}-of-before`, GATEWAY_TOKEN);
    },
  },
  {
    kind: "gateway_tls_failed",
    how: "https for a gateway without TLS",
    async break(host) {
      await host.stop();
      host.replaceInEnv("OPENCLAW_GATEWAY_URL=http:", "OPENCLAW_GATEWAY_URL=https:");
    },
  },
  {
    kind: "gateway_is_us",
    how: "the gateway's URL is our own",
    break: (host) =>
      rewrite(
        host.path(".env"),
        /OPENCLAW_GATEWAY_URL=.*/.exec(readFileSync(host.path(".env"), "utf8"))?.[0] ?? "",
        `OPENCLAW_GATEWAY_URL=http://127.0.0.1:${host.port}`,
      ),
  },
  {
    kind: "sidecar_endpoint_off",
    how: "responses: { enabled: false }",
    async break(host) {
      rewrite(
        host.path("openclaw_sidecar.config.json5"),
        "responses: { enabled: true }",
        "responses: { enabled: false }",
      );
      await host.mustRun("docker compose -f openclaw_sidecar.compose.yml restart");
    },
  },
  {
    kind: "sidecar_file_missing",
    how: "the compose file deleted",
    async break(host) {
      await inGit(host);
      rmSync(host.path("openclaw_sidecar.compose.yml"));
    },
  },
  {
    kind: "sidecar_file_broken",
    how: "a syntax error in the configuration",
    async break(host) {
      await inGit(host);
      rewrite(host.path("openclaw_sidecar.config.json5"), "gateway: {", "gateway {");
    },
  },
  {
    kind: "compose_open",
    how: "published on every address",
    break: (host) => rewrite(host.path("openclaw_sidecar.compose.yml"), "127.0.0.1:18789:18789", "18789:18789"),
  },
  { kind: "sidecar_outdated", how: "2026.2.9", break: (host) => host.replaceInEnv("2026.9.6", "2026.2.9") },
  {
    kind: "codex_bin_wrong",
    how: "a path that is not there",
    break: (host) => host.setLine("EXECUTOR_CODEX_BIN=/opt/codex/bin/codex"),
  },
  {
    kind: "codex_not_executable",
    how: "chmod -x",
    break(host) {
      writeFileSync(host.path("my-codex"), readFileSync(host.path("home/bin/codex")), { mode: 0o644 });
      host.setLine(`EXECUTOR_CODEX_BIN=${host.path("my-codex")}`);
    },
  },
  {
    kind: "codex_missing",
    how: "not installed",
    break: (host) => rmSync(host.path("home/bin/codex")),
  },
  { kind: "codex_not_logged_in", how: "not logged in", break: (host) => rmSync(host.path("home/.logged-in")) },
  {
    kind: "codex_sandbox_bubblewrap",
    how: "an old bubblewrap",
    break(host) {
      rmSync(host.path("home/.namespaces"));
      writeFileSync(host.path("home/.reason"), "bwrap: Unknown option --argv0\n");
    },
  },
  {
    kind: "codex_sandbox_unprotected",
    how: "a Codex without profiles",
    break: (host) => writeFileSync(host.path("home/.no-profiles"), ""),
  },
  {
    kind: "codex_package_missing",
    how: "npm left it out",
    break: (host) => rmSync(host.path("home/.platform-package")),
  },
  {
    kind: "codex_wrong_arch",
    how: "another machine's program",
    break: (host) => writeFileSync(host.path("home/bin/codex"), Buffer.from("\x7fELF\x02\x01\x01", "latin1")),
  },
  {
    kind: "codex_config",
    how: "a broken second line",
    break(host) {
      mkdirSync(host.path("home/.codex"), { recursive: true });
      writeFileSync(host.path("home/.codex/config.toml"), "model = 'x'\nbroken\n");
    },
  },
  {
    kind: "codex_home",
    how: "CODEX_HOME that is not there",
    break: (host) => host.setLine(`CODEX_HOME=${host.path("home/other")}`),
  },
  {
    kind: "codex_home_large",
    how: "2 GiB of old sessions",
    async break(host) {
      await host.mustRun(
        `cd ${host.path("home")} && mkdir -p .codex/sessions/2026/01/01 && cd .codex/sessions/2026/01/01 && fallocate -l 2100M rollout-1.jsonl && touch -d '40 days ago' rollout-1.jsonl`,
      );
    },
  },
  {
    kind: "workdirs_missing",
    how: "allowed folders that are not there",
    break(host) {
      host.setLine("EXECUTOR_ALLOW_GLOBAL_WORKDIR=false");
      host.setLine(`EXECUTOR_ALLOWED_WORKDIRS=${host.path("work/one")},${host.path("work/two")}`);
    },
  },
  {
    kind: "astrbot_elsewhere",
    how: "AstrBot moved to the home folder",
    break(host) {
      mkdirSync(host.path("home/.astrbot"));
      renameSync(host.path("AstrBot/data"), host.path("home/.astrbot/data"));
    },
  },
  {
    kind: "astrbot_disabled",
    how: "every provider off",
    break: (host) => rewrite(host.path("AstrBot/data/cmd_config.json"), '"enable":true', '"enable":false'),
  },
  {
    kind: "backup_none",
    how: "no backup",
    break: (host) => rmSync(host.path("backups"), { recursive: true }),
  },
  {
    kind: "backup_old",
    how: "the newest is months old",
    break: (host) => renameSync(newestBackup(host), host.path("backups/backend_state-20260101T000000Z.db")),
  },
  { kind: "backup_broken", how: "the newest is damaged", break: (host) => damage(newestBackup(host)) },
  {
    kind: "clock_behind",
    how: "a file of tomorrow",
    break: (host) => host.mustRun(`touch -d '1 day' ${host.path("logs/backend/audit.jsonl")}`),
  },
];
