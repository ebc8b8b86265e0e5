import { describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import {
  homeFault,
  loginFault,
  programFault,
  readSandboxHost,
  sandboxFault,
  sentenceOf,
} from "@/executor/codex/faults.ts";
import type { CodexFault } from "@/executor/view.ts";

type Kind = CodexFault["kind"];

const MISSING_PACKAGE = `file:///usr/lib/node_modules/@openai/codex/bin/codex.js:108
  throw new Error(
        ^

Error: Missing optional dependency @openai/codex-linux-x64. Reinstall Codex: npm install -g @openai/codex@latest
    at findCodexExecutable (file:///usr/lib/node_modules/@openai/codex/bin/codex.js:108:9)
    at ModuleJob.run (node:internal/modules/esm/module_job:325:25)

Node.js v20.20.2`;

const BROKEN_CONFIG = "/root/.codex/config.toml:2:16: key with no value, expected `=`";

describe("the sentence is found among traces, excerpts and log lines:", () => {
  const outputs: [what: string, output: string, sentence: string][] = [
    [
      "Node's uncaught error",
      MISSING_PACKAGE,
      "Error: Missing optional dependency @openai/codex-linux-x64. Reinstall Codex: npm install -g @openai/codex@latest",
    ],
    [
      "`codex sandbox` of 0.171 with a broken configuration",
      `Error: ${BROKEN_CONFIG}\n\nCaused by:\n    TOML parse error at line 2, column 16\n      |\n    2 | model_provider "fake"\n      |                ^\n    key with no value\n\nStack backtrace:\n   0: <unknown>\n   1: <unknown>`,
      `Error: ${BROKEN_CONFIG}`,
    ],
    [
      "`codex exec`, whose sentence goes on in the next line",
      `Error loading config.toml:\n${BROKEN_CONFIG}\n  |\n2 | model_provider "fake"\n  |                ^`,
      `Error loading config.toml: ${BROKEN_CONFIG}`,
    ],
    [
      "the key of a wrong type",
      "Error: invalid type: integer `5`, expected a string\nin `model_reasoning_effort`\n\n\nStack backtrace:\n   0: <unknown>",
      "Error: invalid type: integer `5`, expected a string in `model_reasoning_effort`",
    ],
    [
      "a warning before it",
      "WARNING: proceeding, even though we could not create PATH aliases: x\nNot logged in",
      "Not logged in",
    ],
    [
      "a log line before it",
      "2026-11-28T19:23:04.664154Z ERROR codex_api::endpoint: failed to connect\nbwrap: Can't mount proc",
      "bwrap: Can't mount proc",
    ],
    [
      "a panic",
      "thread 'main' panicked at cli/src/main.rs:10:5:\nno entropy\nnote: run with `RUST_BACKTRACE=1`",
      "thread 'main' panicked at cli/src/main.rs:10:5: no entropy",
    ],
    ["nothing but a log line", "2026-11-28T19:23:04Z ERROR codex: odd", "2026-11-28T19:23:04Z ERROR codex: odd"],
    [
      "colours",
      "\x1b[31merror:\x1b[0m unrecognized subcommand 'login'\n\nUsage: codex",
      "error: unrecognized subcommand 'login'",
    ],
    ["nothing", "", ""],
  ];

  test.each(outputs)("%s", (_what, output, sentence) => {
    expect(sentenceOf(output)).toBe(sentence);
  });

  test("and is bounded, at a cost of its length", () => {
    expect(sentenceOf(`Error: ${"x".repeat(4096)}`)).toHaveLength(401);
    const startedAt = performance.now();
    sentenceOf("Error: invalid type: ".repeat(50_000));
    homeFault("could not create PATH aliases: ".repeat(50_000), "/root/.codex");
    loginFault(`Error loading config: ${"/".repeat(100_000)}`, "/root/.codex");
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});

test.each<[Kind, string]>([
  ["package_missing", MISSING_PACKAGE],
  ["package_missing", "Error: spawn /usr/lib/node_modules/@openai/codex/bin/codex-x86_64-unknown-linux-musl ENOENT"],
  ["package_missing", "Error: Missing optional dependency @openai/codex-linux-arm64. Reinstall Codex: pnpm add -g x"],
  ["wrong_arch", "ENOEXEC: unknown error, posix_spawn '/usr/local/bin/codex'"],
  ["wrong_arch", "/usr/local/bin/codex: 1: ELF\u0002: not found"],
  ["wrong_arch", "bash: /usr/local/bin/codex: cannot execute binary file: Exec format error"],
  ["wrong_arch", "Error: spawn /opt/vendor/aarch64-unknown-linux-musl/bin/codex ENOEXEC"],
  ["wrong_arch", "Error: Unsupported platform: linux (riscv64)"],
  ["no_node", "/usr/bin/env: ‘node’: No such file or directory"],
  ["no_node", "env: node: No such file or directory"],
  ["no_node", "/usr/bin/env: 'node': No such file or directory"],
  ["no_node", "env: can't execute 'node': No such file or directory"],
  ["no_node", "/usr/local/bin/codex: 3: exec: node: not found"],
  ["unusable", "ended by SIGKILL"],
  ["unusable", "no answer within 10 s"],
  ["unusable", "codex: error while loading shared libraries: libssl.so.3: cannot open shared object file"],
  ["unusable", "codex: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.39' not found (required by codex)"],
  ["unusable", "SyntaxError: Cannot use import statement outside a module"],
])("a program that gives no version: %s, by %p", (kind, output) => {
  expect(programFault(output)).toMatchObject({ kind, message: sentenceOf(output) });
});

const WARNING = "WARNING: proceeding, even though we could not create PATH aliases: ";

test.each<[boolean, string]>([
  [true, 'CODEX_HOME points to "/root/cx/none", but that path does not exist'],
  [true, 'CODEX_HOME points to "/etc/passwd", but that path is not a directory'],
  [true, "Permission denied (os error 13)"],
  [true, "Read-only file system (os error 30)"],
  [true, "No space left on device (os error 28)"],
  [true, "Operation not permitted (os error 1)"],
  [false, 'Refusing to create helper binaries under temporary dir "/tmp" (codex_home: "/tmp/c")'],
])("a home that cannot be used (%p) by %s", (isFault, reason) => {
  const fault = homeFault(`${WARNING}${reason}\ncodex-cli 0.171.0`, "/nonexistent");
  expect(fault).toEqual(isFault ? { kind: "home", message: reason, subject: "/nonexistent" } : undefined);
});

test.each<[Kind, subject: string, string]>([
  ["not_logged_in", "", "Not logged in"],
  ["config", "/root/.codex/config.toml:2", `Error loading configuration: ${BROKEN_CONFIG}`],
  [
    "config",
    "/srv/c/config.toml:3",
    "Error loading configuration: /srv/c/config.toml:3:9: invalid type: sequence, expected a string",
  ],
  ["config", "/srv/c/config.toml:2", "Error loading configuration: /srv/c/config.toml:2:1: duplicate key"],
  [
    "config",
    "/srv/c/config.toml:1",
    "Error loading configuration: /srv/c/config.toml:1:14: unknown variant `off`, expected one of `read-only`",
  ],
  ["config", "/home/c/config.toml", "Error loading configuration: Model provider `nope` not found"],
  [
    "config",
    "/srv/c/config.toml",
    "Error loading configuration: Failed to read config file /srv/c/config.toml: Permission denied (os error 13)",
  ],
  [
    "config",
    "/home/c/config.toml",
    'Error loading configuration: legacy `profile = "nope"` config is no longer supported; use `--profile nope` with `nope.config.toml` instead',
  ],
  [
    "login_unreadable",
    "",
    "Error checking login status: failed to deserialize CLI auth from file: key must be a string at line 1 column 2",
  ],
  ["login_unreadable", "", "Error checking login status: Permission denied (os error 13)"],
  ["login_unreadable", "", "Error checking login status: keyring: no D-Bus session"],
  ["login_unreadable", "", "exit code 1"],
])("`login status` fails: %s %s", (kind, subject, output) => {
  expect(loginFault(output, "/home/c")).toEqual({ kind, subject, message: output });
});

interface HostFiles {
  userns_clone?: "0" | "1";
  apparmor?: "0" | "1";
  limits?: Record<string, string>;
  seccomp?: "0" | "2";
  container?: "docker" | "podman" | "lxc";
  capEff?: string;
  profile?: string;
}

const ALL_CAPABILITIES = "000001ffffffffff";

/** A folder with the files of such a host. */
const hostWith = ({
  userns_clone,
  apparmor,
  limits = {},
  seccomp = "0",
  container,
  capEff = "0",
  profile,
}: HostFiles) => {
  const root = newRoot();
  const files: Record<string, string | undefined> = {
    "proc/sys/kernel/unprivileged_userns_clone": userns_clone,
    "proc/sys/kernel/apparmor_restrict_unprivileged_userns": apparmor,
    "proc/self/status": `Name:\tbun\nCapEff:\t${capEff}\nSeccomp:\t${seccomp}\n`,
    "proc/self/mountinfo":
      container === "docker" ? "612 599 254:1 /docker/1/hosts /etc/hosts rw - ext4 /dev/vda rw\n" : "",
    "proc/self/attr/current": profile,
    "run/.containerenv": container === "podman" ? "" : undefined,
    "run/systemd/container": container === "lxc" ? "lxc" : undefined,
    ...Object.fromEntries(
      Object.entries(limits).map(([name, limit]) => [`proc/sys/user/max_${name}_namespaces`, limit]),
    ),
  };
  for (const [path, text] of Object.entries(files)) {
    if (text === undefined) continue;
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
};

const NO_PERMISSION =
  "bwrap: No permissions to create a new namespace, likely because the kernel does not allow non-privileged user namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'.";
const NO_PERMISSION_0_8 =
  "bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces. On e.g. debian this can be enabled with 'sysctl kernel.unprivileged_userns_clone=1'.";
const LOOPBACK = "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted";
const UID_MAP = "bwrap: setting up uid map: Permission denied";
const LIMIT =
  "bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)";

const UBUNTU: HostFiles = { userns_clone: "1", apparmor: "1", limits: { user: "255645" } };

test("a home that may be written is no fault although its mode may not be changed", () => {
  const home = newRoot();
  const output = `${WARNING}Operation not permitted (os error 1)`;
  const other = { uid: 12_345, gid: 12_345 };
  expect(homeFault(output, home)).toBeUndefined();
  chmodSync(home, 0o755);
  expect(homeFault(output, home, other)).toMatchObject({ kind: "home" });
  chmodSync(home, 0o777);
  expect(homeFault(output, home, other)).toBeUndefined();
});

describe("why a sandbox is impossible is looked up on the host:", () => {
  test.each<[host: string, HostFiles, said: string, Kind, subject?: string]>([
    ["Debian 10", { userns_clone: "0" }, NO_PERMISSION, "sandbox_userns_clone"],
    ["Debian 10, older bubblewrap", { userns_clone: "0" }, NO_PERMISSION_0_8, "sandbox_userns_clone"],
    [
      "Debian hardened, in Docker",
      { userns_clone: "0", seccomp: "2", container: "docker" },
      NO_PERMISSION,
      "sandbox_userns_clone",
    ],
    ["Arch hardened, under systemd", { userns_clone: "0", seccomp: "2" }, NO_PERMISSION, "sandbox_userns_clone"],
    [
      "Kali, unshare's words",
      { userns_clone: "0" },
      "unshare: unshare failed: Operation not permitted",
      "sandbox_userns_clone",
    ],
    [
      "root with all capabilities is not restricted by it",
      { userns_clone: "0", capEff: ALL_CAPABILITIES },
      NO_PERMISSION,
      "sandbox",
    ],

    ["Ubuntu 24.04", UBUNTU, LOOPBACK, "sandbox_apparmor"],
    ["Ubuntu 24.04 without a network namespace", UBUNTU, UID_MAP, "sandbox_apparmor"],
    ["Ubuntu 23.10", UBUNTU, NO_PERMISSION, "sandbox_apparmor"],
    [
      "Ubuntu 24.04, RTM_NEWLINK",
      UBUNTU,
      "bwrap: loopback: Failed RTM_NEWLINK: Operation not permitted",
      "sandbox_apparmor",
    ],
    ["Ubuntu 24.04, in Docker without seccomp", { ...UBUNTU, container: "docker" }, LOOPBACK, "sandbox_apparmor"],
    ["Ubuntu 22.04: nothing restricts it", { ...UBUNTU, apparmor: "0" }, LOOPBACK, "sandbox"],
    ["Fedora has no such setting", {}, LOOPBACK, "sandbox"],

    ["Docker", { seccomp: "2", container: "docker" }, NO_PERMISSION, "sandbox_container", "seccomp=unconfined"],
    [
      "Docker on Ubuntu 24.04",
      { ...UBUNTU, seccomp: "2", container: "docker" },
      NO_PERMISSION,
      "sandbox_container",
      "seccomp=unconfined",
    ],
    ["podman", { seccomp: "2", container: "podman" }, NO_PERMISSION, "sandbox_container", "seccomp=unconfined"],
    [
      "Docker without seccomp",
      { container: "docker", profile: "docker-default (enforce)" },
      "bwrap: Failed to make / slave: Permission denied",
      "sandbox_container",
      "apparmor=unconfined",
    ],
    [
      "Docker without seccomp and AppArmor",
      { container: "docker", profile: "unconfined" },
      "bwrap: Can't mount proc on /newroot/proc: Operation not permitted",
      "sandbox_container",
      "systempaths=unconfined",
    ],
    [
      "Kubernetes' RuntimeDefault",
      { container: "docker", seccomp: "2" },
      "bwrap: Failed to mount tmpfs: Operation not permitted",
      "sandbox_container",
      "seccomp=unconfined",
    ],
    [
      "a container that denies for another reason",
      { container: "docker" },
      "bwrap: Failed to make / slave: Permission denied",
      "sandbox",
    ],
    [
      "LXC",
      { container: "lxc", profile: "lxc-container-default-cgns (enforce)" },
      "bwrap: Can't bind mount /oldroot/ on /newroot/: Permission denied",
      "sandbox_container",
      "apparmor=unconfined",
    ],
    ["mounts denied without a container", {}, "bwrap: Failed to make / slave: Permission denied", "sandbox"],

    ["RestrictNamespaces=yes in a drop-in", { userns_clone: "1", seccomp: "2" }, NO_PERMISSION, "sandbox_seccomp"],
    ["the same as root", { seccomp: "2", capEff: ALL_CAPABILITIES }, NO_PERMISSION, "sandbox_seccomp"],
    [
      "SystemCallFilter=~@privileged",
      { seccomp: "2" },
      "bwrap: clone failed: Operation not permitted",
      "sandbox_seccomp",
    ],
    ["a security module, for all we know", { userns_clone: "1", seccomp: "0" }, NO_PERMISSION, "sandbox"],
    ["SELinux", {}, NO_PERMISSION, "sandbox"],

    [
      "RHEL 7, hardened hosts",
      { limits: { user: "0", net: "96364" } },
      LIMIT,
      "sandbox_limit",
      "user.max_user_namespaces",
    ],
    [
      "a limit of one kind only",
      { limits: { user: "96364", net: "0" } },
      LIMIT,
      "sandbox_limit",
      "user.max_net_namespaces",
    ],
    ["mount namespaces", { limits: { user: "9", mnt: "0" } }, LIMIT, "sandbox_limit", "user.max_mnt_namespaces"],
    [
      "pid namespaces, unshare's words",
      { limits: { user: "9", pid: "0" } },
      "unshare: unshare failed: No space left on device",
      "sandbox_limit",
      "user.max_pid_namespaces",
    ],
    [
      "as root too",
      { limits: { user: "0" }, capEff: ALL_CAPABILITIES },
      LIMIT,
      "sandbox_limit",
      "user.max_user_namespaces",
    ],
    ["nested too deeply", { limits: { user: "96364", net: "96364" } }, LIMIT, "sandbox"],

    [
      "CONFIG_USER_NS off",
      {},
      "bwrap: Creating new namespace failed, likely because the kernel does not support user namespaces.  bwrap must be installed setuid on such systems.",
      "sandbox_kernel",
    ],
    [
      "WSL 1",
      {},
      "Error: Codex's Linux sandbox uses bubblewrap, which is not supported on WSL1 because WSL1 cannot create the required user namespaces.",
      "sandbox_kernel",
    ],
    ["Codex 0.98 without Landlock", {}, "Error: error running landlock: Sandbox(LandlockRestrict)", "sandbox_kernel"],
    ["a partial Landlock", {}, "Error: Landlock was not able to fully enforce all sandbox rules", "sandbox_kernel"],
    [
      "no seccomp",
      {},
      "bwrap: Unable to set up system call filtering as requested: prctl(PR_SET_SECCOMP) reported EINVAL. (Hint: this requires a kernel configured with CONFIG_SECCOMP and CONFIG_SECCOMP_FILTER.)",
      "sandbox_kernel",
    ],

    ["bubblewrap 0.4 of Ubuntu 20.04", {}, "bwrap: Unknown option --argv0", "sandbox_bubblewrap"],
    ["bubblewrap 0.3", {}, "bwrap: Unknown option --perms", "sandbox_bubblewrap"],
    ["no bubblewrap", {}, "bubblewrap is unavailable: no system bwrap was found on PATH", "sandbox_bubblewrap"],
    [
      "a bundled one without permission",
      {},
      "failed to exec bundled bubblewrap /x/bwrap: Permission denied (os error 13)",
      "sandbox_bubblewrap",
    ],
    [
      "a system one without permission",
      {},
      "failed to exec system bubblewrap /usr/bin/bwrap: Permission denied (os error 13)",
      "sandbox_bubblewrap",
    ],

    ["words of a later version", UBUNTU, "bwrap: Something of 2027", "sandbox"],
    ["no words", { userns_clone: "0" }, "exit code 101", "sandbox"],
  ])("%s", (_host, files, said, kind, subject = "") => {
    const host = readSandboxHost(hostWith(files), true);
    expect(sandboxFault(said, host)).toEqual({
      kind,
      message: said.split(", likely because the kernel does not allow")[0] ?? "",
      subject,
    });
  });

  test("our own capabilities do not count for Codex as another user", () => {
    const root = hostWith({ userns_clone: "0", capEff: ALL_CAPABILITIES });
    expect(sandboxFault(NO_PERMISSION, readSandboxHost(root, false)).kind).toBe("sandbox_userns_clone");
  });

  test("where there is no /proc nothing is known", () => {
    expect(sandboxFault(NO_PERMISSION, readSandboxHost("/nonexistent", true)).kind).toBe("sandbox");
  });
});
