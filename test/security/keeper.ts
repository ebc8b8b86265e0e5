import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createCodexHome } from "@test/real/codex-home.ts";
import { codexPeer, codexProgram, ensurePeer } from "@test/real/peers.ts";
import { createScratch } from "@test/real/program.ts";
import { startService } from "@test/real/service.ts";
import { startFakeModelServer } from "@test/support/fake-model-server.ts";
import { readProcess } from "@/lib/proc.ts";
import { type Attack, must } from "./attack.ts";

const PROJECT_ROOT = resolve(import.meta.dir, "../..");

/** A home as the contract has it: the service is a folder in it, and jobs run in the home. */
export const createKeeperSetup = async () => {
  const model = startFakeModelServer();
  const codexHome = createCodexHome(model.url);
  const ground = createScratch(dirname(codexHome.folder));
  if (ground.folder.startsWith(tmpdir())) throw new Error(`HOME must not lie in ${tmpdir()}`);
  const home = join(ground.folder, "home");
  const root = join(home, "apps/backend");
  for (const folder of ["data", "logs/backend", "backups", "src", "scripts", ".cache/build"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const folder of ["work", ".config", ".local/bin"]) mkdirSync(join(home, folder), { recursive: true });
  for (const name of [".bashrc", ".profile", ".config/settings", ".local/bin/git-helper"]) {
    writeFileSync(join(home, name), "# the operator's\n");
  }
  for (const name of [".env", "src/main.ts", "scripts/start.ts", ".cache/build/executable", "backups/old.db"]) {
    writeFileSync(join(root, name), "# ours\n");
  }
  const codex = codexProgram(await ensurePeer(codexPeer));
  const env = {
    EXECUTOR_PASS_ENV: "FAKE_KEY",
    OPENCLAW_BACKEND_ROOT: root,
    OPENCLAW_GATEWAY_URL: "http://127.0.0.1:9",
    HOME: home,
    PATH: `${join(home, ".local/bin")}:${process.env.PATH}`,
    CODEX_HOME: codexHome.folder,
    FAKE_KEY: "key-of-the-fake-model",
  };
  const service = await startService({ ...env, EXECUTOR_CODEX_BIN: codex });
  // The first job makes the audit log and the journals' folder.
  await service.finished(await service.submit({ task: "[[say:ready]]", cwd: home }));
  const places = { home, root, ground: ground.folder, codexHome: codexHome.folder };
  return {
    service,
    attacks: keeperAttacks({ service, places, codex, env }),
    async stop() {
      await service.stop();
      await model.stop();
      codexHome.remove();
      ground.remove();
    },
  };
};

interface Ground {
  service: Awaited<ReturnType<typeof startService>>;
  places: { home: string; root: string; ground: string; codexHome: string };
  codex: string;
  env: Record<string, string>;
}

/** Name, kind, mode, inode and, but for what the service and Codex write themselves, content. */
const fingerprint = (path: string): string[] => {
  if (!existsSync(path)) return [];
  const stat = lstatSync(path);
  if (!stat.isDirectory()) {
    if (!stat.isFile()) return [`${path} ${stat.mode}`];
    const isLive = /\/(?:data|logs)\/|\.log$|sqlite/.test(path);
    return [`${path} ${stat.mode} ${stat.ino} ${isLive ? "" : readFileSync(path)}`];
  }
  const names = readdirSync(path).filter((name) => !/^(?:sessions|tmp|log|jobs|shell_snapshots)$/.test(name));
  return [`${path} ${stat.mode} ${stat.ino}`, ...names.flatMap((name) => fingerprint(join(path, name)))];
};

/** Each line that succeeds says so; what was really changed is looked at from outside. */
const attemptsOn = (file: string, home: string): string[] => {
  const folder = dirname(file);
  return [
    `cat '${file}' > stolen && grep -q ours stolen && false; echo x > '${file}'`,
    `echo x >> '${file}'`,
    `: > '${file}'`,
    `echo x > '/proc/self/root${file}'`,
    `(cd '${folder}' && echo x > './${file.slice(folder.length + 1)}')`,
    `rm -f '${file}'`,
    `mv '${file}' stolen`,
    `echo x > planted; mv -f planted '${file}'`,
    `cp -f /etc/hostname '${file}'`,
    `ln '${file}' link && echo x >> link`,
    `ln -sfn /nowhere '${file}'`,
    `chmod 666 '${file}'`,
    `touch -d 2001-01-01 '${file}'`,
    `git config --file '${file}' core.fsmonitor evil`,
    `sed -i 1d '${file}'`,
    ...(folder === home ? [] : attemptsAround(folder, file)),
  ];
};

const attemptsAround = (folder: string, file: string): string[] => [
  `echo x > '${folder}/new-one'`,
  `mkdir '${folder}/new-folder'`,
  `mv '${folder}' '${folder}.away'`,
  `rm -rf '${folder}'`,
  `mount --bind /nowhere '${folder}'`,
  `umount '${folder}'`,
  `mount -o remount,rw,bind '${folder}'`,
  `unshare -Urm sh -c "umount '${folder}'; echo x >> '${file}'"`,
];

const scriptOf = (attempts: readonly string[]): string =>
  attempts.map((attempt, index) => `( ${attempt} ) >/dev/null 2>&1 && echo "attempt ${index}"\n`).join("");

const keeperAttacks = ({ service, places, codex, env }: Ground): Attack[] => {
  const { home, root, ground, codexHome } = places;
  const ours = [".env", "src/main.ts", "scripts/start.ts", ".cache/build/executable", "backups/old.db"];
  const live = ["data/backend_state.db", "data/backend_state.db-wal", "logs/backend/audit.jsonl"];
  const files = [
    ...[...ours, ...live].map((name) => join(root, name)),
    ...[".bashrc", ".profile", ".config/settings", ".local/bin/git-helper"].map((name) => join(home, name)),
    join(codexHome, "config.toml"),
  ];
  const parents = ["apps", "apps/backend", ".local", ".config"].map((name) => join(home, name));
  const renames = parents.map((folder) => `mv '${folder}' '${folder}.away' && mkdir -p '${root}/scripts'`);
  const look = () =>
    [root, ...parents, join(codexHome, "config.toml"), join(home, ".bashrc"), join(home, ".profile")].flatMap(
      fingerprint,
    );
  const run = async (cwd: string, task: string) => service.finished(await service.submit({ task, cwd }));

  /** @throws unless everything is as it was. */
  const mustKeep = (before: readonly string[], where: string) => {
    const after = new Set(look());
    const changed = before.filter((line) => !after.has(line));
    must(changed.length === 0, `changed from ${where}: ${changed[0]?.slice(0, 200)}`);
    const added = [...after].find((line) => !before.includes(line));
    must(added === undefined, `something new from ${where}: ${added?.slice(0, 200)}`);
  };

  const attackFrom = async (cwd: string, folderOfScript = join(home, "work")) => {
    const script = join(folderOfScript, "attack.sh");
    const attempts = [...renames, ...files.flatMap((file) => attemptsOn(file, home))];
    const later = `setsid sh -c "sleep 1; echo x >> '${files[0]}'" >/dev/null 2>&1 &\n`;
    writeFileSync(script, scriptOf(attempts) + later);
    const before = look();
    const patches = [`[[patch:${join(root, "scripts/patched.ts")}]]`, `[[patch:${join(root, ".env.new")}]]`];
    const job = await run(cwd, `[[shell:sh '${script}'; echo attempts done]]${patches.join("")}[[shell:sleep 1.5]]`);
    must(job.state === "succeeded", `the job from ${cwd}: ${job.state} ${job.error_code}`);
    mustKeep(before, cwd);
    return attempts.length;
  };

  return [
    {
      row: "The keeper's files",
      name: "a task in the home, which is above the service, tries each file in each way",
      async run() {
        const count = await attackFrom(home);
        await run(home, "[[shell:mkdir mine; echo x > mine/file; echo x > work/file; echo x > /tmp/keeper-job]]");
        const written = ["mine/file", "work/file"].map((name) => join(home, name));
        must([...written, "/tmp/keeper-job"].every(existsSync), "it cannot write where it may");
        rmSync("/tmp/keeper-job");
        return `${count} attempts on ${files.length} files, nothing changed; elsewhere in the home it writes`;
      },
    },
    {
      row: "The keeper's files",
      name: "the same by the command line of before",
      async run() {
        // On a copy, with the sandbox that Codex has by itself.
        const copy = join(ground, "copy");
        mkdirSync(join(copy, "apps/backend/scripts"), { recursive: true });
        const start = join(copy, "apps/backend/scripts/start.ts");
        writeFileSync(start, "# ours\n");
        const away = join(copy, "apps.away");
        const task = `[[shell:echo x >> ${start}; mv ${join(copy, "apps")} ${away}]]`;
        const argv = [
          codex,
          "exec",
          "--json",
          "--skip-git-repo-check",
          "--cd",
          copy,
          "--sandbox",
          "workspace-write",
          "-",
        ];
        const child = Bun.spawn(argv, {
          env,
          stdin: new TextEncoder().encode(task),
          stdout: "ignore",
          stderr: "ignore",
        });
        await child.exited;
        const moved = join(away, "backend/scripts/start.ts");
        must(existsSync(moved) && readFileSync(moved, "utf8").includes("x"), "this test would notice nothing");
        return "writes and renames: the test notices";
      },
    },
    {
      row: "The keeper's files",
      name: "tasks that work in the service's folder, its data, Codex's home and /",
      async run() {
        for (const cwd of [root, join(root, "data"), codexHome, "/"]) await attackFrom(cwd);
        return "nothing changed";
      },
    },
    {
      row: "The keeper's files",
      name: "a task above the project's folder leaves files in it",
      async run() {
        const folders = ["", "src", "scripts", "node_modules", "deploy", "drizzle"].map((name) =>
          join(PROJECT_ROOT, name),
        );
        const planted = folders.map((folder) => join(folder, ".planted-by-a-job"));
        const above = dirname(PROJECT_ROOT);
        const mine = join(above, ".written-by-a-job");
        const commands = [mine, ...planted].map((path) => `echo x > '${path}'`).join("; ");
        const { state, error_code } = await run(above, `[[shell:${commands}]]`);
        must(state === "succeeded", `the job from ${above}: ${state} ${error_code}`);
        must(existsSync(mine), "it cannot write where it may");
        const found = planted.filter(existsSync);
        for (const path of [mine, ...found]) rmSync(path);
        must(found.length === 0, `planted ${found[0]}`);
        return `${folders.length} folders, nothing planted`;
      },
    },
    {
      row: "The keeper's files",
      name: "a start file of the shell and a program on the PATH, planted for the next job",
      async run() {
        const mark = join(ground, "ran-outside");
        const lines = [".bash_profile", ".bash_login", ".zshenv"].map(
          (name) => `echo 'touch ${mark}' > ${home}/${name}`,
        );
        const program = `printf '#!/bin/sh\\ntouch ${mark}\\n' > ${home}/.local/bin/git; chmod +x ${home}/.local/bin/git`;
        await run(home, `[[shell:${lines.join("; ")}; ${program}]]`);
        await run(home, "[[shell:true]]");
        must(!existsSync(mark), "it ran outside the sandbox");
        return "the next Codex ran none of it outside the sandbox";
      },
    },
    {
      row: "The keeper's files",
      name: "reading the tokens and Codex's login",
      async run() {
        const token = "the-token-in-the-env-file-0123456789";
        writeFileSync(join(root, ".env"), `# ours\nSOMETHING=${token}\n`);
        writeFileSync(join(codexHome, "auth.json"), `{"note":"${token}"}`);
        const read = [join(root, ".env"), join(codexHome, "auth.json")].map((path) => `base32 -w0 ${path}`).join("; ");
        const { result_text } = await run(home, `[[shell:${read}; echo end]]`);
        rmSync(join(codexHome, "auth.json"));
        const encoded = "KNHU2RKUJBEU4RZ5"; // SOMETHING=
        must(result_text.includes("end") && !result_text.includes(encoded.slice(2, 14)), `shown: ${result_text}`);
        must(/denied/i.test(result_text), `not denied: ${result_text}`);
        return "neither can be read";
      },
    },
    {
      row: "The keeper's process",
      name: "signals, /proc, ptrace, sockets, schedulers",
      async run() {
        const before = look();
        const { pid } = service;
        const { port } = new URL(service.url);
        const target = `${root}/scripts/start.ts`;
        const attempts = [
          ...["STOP", "KILL", "TERM"].map((signal) => `kill -${signal} ${pid}`),
          `echo x > /proc/${pid}/root${target}`,
          `ls /proc/${pid}/fd/ && false; for fd in /proc/${pid}/fd/*; do echo x >> $fd; done`,
          `echo 1000 > /proc/${pid}/oom_score_adj`,
          `cat /proc/${pid}/environ | grep -q TOKEN`,
          `nsenter -t ${pid} -m sh -c "echo x > ${target}"`,
          `bash -c 'echo > /dev/tcp/127.0.0.1/${port}'`,
          `crontab -l; echo '* * * * * echo x > ${target}' | crontab -`,
          `echo 'echo x > ${target}' | at now`,
          `systemd-run --wait sh -c 'echo x > ${target}'`,
          "systemctl daemon-reload",
          "docker ps",
          `curl -s --unix-socket /var/run/docker.sock http://x/info`,
        ];
        const { result_text } = await run(home, `[[shell:${scriptOf(attempts)}echo end]]`);
        must(result_text.includes("end") && !/attempt \d/.test(result_text), `succeeded: ${result_text}`);
        must(
          readProcess(pid) !== undefined && (await fetch(`${service.url}/healthz`)).ok,
          "the service does not answer",
        );
        mustKeep(before, "the process");
        return `${attempts.length} attempts failed, the service answers`;
      },
    },
    {
      row: "A Codex that cannot protect",
      name: "a version that knows no profiles",
      async run() {
        const old = join(ground, "old-codex");
        // Such a version takes no further arguments for `sandbox`, and ignores keys that it does not know.
        writeFileSync(old, `#!/bin/sh\n[ "$1" = sandbox ] && exit 2\nexec '${codex}' "$@"\n`);
        chmodSync(old, 0o755);
        const other = await startService({
          ...env,
          EXECUTOR_CODEX_BIN: old,
          OPENCLAW_BACKEND_ROOT: join(home, "apps/other"),
        });
        try {
          const submit = async (cwd: string) => other.finished(await other.submit({ task: "[[say:ran]]", cwd }));
          const refused = await submit(home);
          must(refused.error_code === "workdir_unprotected", `the job ${refused.state} ${refused.error_code}`);
          must((await submit(join(home, "apps/other"))).state === "failed", "it ran in the service's folder");
        } finally {
          await other.stop();
        }
        return "failed workdir_unprotected";
      },
    },
  ];
};
