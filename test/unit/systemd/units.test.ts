import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { renderUnits } from "@/systemd/units.ts";

const analyze = Bun.which("systemd-analyze");

/** Rendered for a folder that has what the units start. */
const rendered = () => {
  const root = newRoot();
  for (const program of ["bun", "deploy/openclaw-gateway.sh"]) {
    mkdirSync(dirname(join(root, program)), { recursive: true });
    writeFileSync(join(root, program), "#!/bin/sh\n");
    chmodSync(join(root, program), 0o755);
  }
  const units = renderUnits({
    project: root,
    root,
    bun: join(root, "bun"),
    path: "/opt/100%/bin:/usr/bin",
    home: root,
    user: "daemon",
  });
  const paths = units.map(({ name, text }) => {
    writeFileSync(join(root, name), text);
    return join(root, name);
  });
  return { root, units, paths };
};

const run = (...argv: string[]) => {
  const { exitCode, stdout, stderr } = Bun.spawnSync(argv);
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
};

test("the units get this host's folder, Bun, user and PATH, and keep nothing of the usual place", () => {
  const { root, units } = rendered();
  const [backend, gateway] = units.map(({ text }) => text);

  expect(backend).toContain(`ExecStart=${root}/bun --no-env-file ${root}/scripts/start.ts`);
  expect(backend).toContain("Environment=PATH=/opt/100%%/bin:/usr/bin");
  expect(gateway).toContain(`ReadWritePaths=-${root}/data/openclaw_home -${root}/data/openclaw_workspace`);
  expect(gateway).toContain(`runuser -u daemon -- ${root}/deploy/openclaw-gateway.sh --prepare`);
  for (const text of [backend, gateway]) {
    expect(text).toContain("User=daemon");
    expect(text).not.toContain("/root/");
  }
});

test("program and data may lie apart", () => {
  const place = { bun: "/bin/bun", path: "/bin", home: "/home/u", user: "u" };
  const [backend, gateway] = renderUnits({ ...place, project: "/opt/own", root: "/srv/100%" }).map(({ text }) => text);
  for (const text of [backend, gateway]) {
    expect(text).toContain("WorkingDirectory=/opt/own\n");
    expect(text).toContain("Environment=OPENCLAW_BACKEND_ROOT=/srv/100%%\n");
  }
  expect(gateway).toContain("ReadWritePaths=-/srv/100%%/data/openclaw_releases -/srv/100%%/data/openclaw_tmp\n");
  expect(gateway).toContain("ExecStart=/opt/own/deploy/openclaw-gateway.sh\n");
});

test("the gateway starts on a fresh host, keeps what it has compiled, and may call what its newer versions need", () => {
  const settings = (rendered().units[1]?.text ?? "").split("\n").filter((line) => /^\w+=/.test(line));
  const settingOf = (name: string) => settings.filter((line) => line.startsWith(`${name}=`)).join(" ");
  expect(settingOf("ReadWritePaths")).not.toMatch(/[= ]\//);
  for (const breaks of ["MemoryHigh", "RestrictSUIDSGID"]) expect(settingOf(breaks)).toBe("");
  expect(settingOf("RestartPreventExitStatus")).toEndWith("=78");
});

test("a greedy job does not slow the backend down, a hang leaves no crash report, and a repair is never refused", () => {
  for (const { text } of rendered().units) expect(text).toContain("\nStartLimitIntervalSec=0\n");
  const backend = rendered().units[0]?.text ?? "";
  expect(backend).not.toMatch(/^MemoryHigh=/m);
  expect(backend).toContain("\nWatchdogSignal=SIGKILL\n");
  expect(backend).toContain("\nRestartPreventExitStatus=78\n");
});

test("the backend may do what Codex's sandbox and the jobs' groups need", () => {
  const backend = rendered().units[0]?.text ?? "";
  const settings = backend.split("\n").filter((line) => /^\w+=/.test(line));

  expect(settings).toContain("Delegate=yes");
  for (const breaks of ["RestrictNamespaces", "ProtectKernelTunables", "ProtectProc", "ProtectControlGroups"]) {
    expect(settings.filter((line) => line.startsWith(`${breaks}=`))).toEqual([]);
  }
});

test.if(analyze !== null)("systemd finds nothing wrong with them, and takes them for hardened", () => {
  const { paths } = rendered();
  const verified = run("systemd-analyze", "verify", "--man=no", ...paths);
  expect(verified).toEqual({ exitCode: 0, stdout: "", stderr: "" });

  const scores = paths.map((path) => {
    const { stdout } = run("systemd-analyze", "security", "--offline=true", "--no-pager", path);
    return Number(/exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
  });
  console.log(`systemd-analyze security: backend ${scores[0]}, gateway ${scores[1]}`);
  expect(scores[0]).toBeLessThan(7);
  expect(scores[1]).toBeLessThan(3);
});
