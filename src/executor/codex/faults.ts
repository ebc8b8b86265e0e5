import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";
import { readText } from "@/lib/proc.ts";
import { readable } from "@/lib/text.ts";
import type { RunAs } from "../environment.ts";
import type { CodexFault } from "../view.ts";

const MAX_SENTENCE_CHARS = 400;

/** What a failing program says in one sentence, out of log lines, stack traces and code excerpts; bounded. */
export const sentenceOf = (output: string): string => {
  const lines = linesOf(output);
  const said = lines.filter((line) => !NOISE.test(line));
  const first = said.findLast((line) => STARTS_SENTENCE.test(line)) ?? said.at(-1) ?? lines.at(-1) ?? "";
  const further = first.endsWith(":") || QUALIFIES_NEXT.test(first) ? said[said.indexOf(first) + 1] : undefined;
  const sentence = [first, further ?? ""].join(" ").trim();
  return sentence.length > MAX_SENTENCE_CHARS ? `${sentence.slice(0, MAX_SENTENCE_CHARS)}…` : sentence;
};

/** Short enough for patterns that backtrack. */
const linesOf = (output: string): string[] =>
  readable(output)
    .split("\n")
    .map((line) => line.trim().slice(0, MAX_SENTENCE_CHARS + 1))
    .filter((line) => line !== "");

/** Node's and anyhow's stack traces, and what Codex logs beside its answer. */
const NOISE =
  /^(?:at |\^|\||\d+(?: \||: )|note: |Node\.js v|Caused by:|Stack backtrace:|WARNING: |\d{4}-\d\d-\d\dT\S+ )/;
export const STARTS_SENTENCE =
  /^(?:\w*Error\b|error: |ERROR: |(?:\/usr\/bin\/)?env: |\S*codex: |bwrap: |thread '[^']*' )/;
/** serde names the key on a line of its own. */
const QUALIFIES_NEXT = /^Error.*: invalid (?:type|value): [^:]*$/;

/** Two patterns are looked for one after the other: one with `.*` between them would take quadratic time. */
export type Wording = RegExp | readonly [first: RegExp, then: RegExp];

export const says = (text: string, wording: Wording): boolean => {
  if (wording instanceof RegExp) return wording.test(text);
  const first = wording[0].exec(text);
  return first !== null && wording[1].test(text.slice(first.index + first[0].length));
};

/** The first row that matches decides. */
type Row = readonly [wording: Wording, kind: CodexFault["kind"]];

/** From npm's wrapper (0.98 to 0.171), env, sh and Bun's spawn. */
export const PROGRAM: readonly Row[] = [
  [/Missing optional dependency @openai\/codex-|spawn (?=\S*codex)\S+ ENOENT/, "package_missing"],
  [/ENOEXEC|Exec format error|cannot execute(?: binary file|: required)|Unsupported platform|: ELF/, "wrong_arch"],
  [/env: (?:can't execute )?\W?node\W{1,3}No such file|\bnode: (?:command )?not found/, "no_node"],
];

/** Codex 0.169 and 0.171 warn of a home that they cannot use, with every command. */
const HOME_WARNING = "could not create PATH aliases: ";
const UNUSABLE_HOME = /denied|not permitted|Read-only|No space|not exist|not a dir/;

/** Why `--version` gave no version. */
export const programFault = (output: string): CodexFault => {
  const lines = linesOf(output);
  const kind = PROGRAM.find(([wording]) => lines.some((line) => says(line, wording)))?.[1] ?? "unusable";
  return { kind, message: sentenceOf(output), subject: "" };
};

/** What `--version` says of CODEX_HOME. */
export const homeFault = (output: string, home: string, runAs?: RunAs): CodexFault | undefined => {
  const message = linesOf(output)
    .map((line) => line.split(HOME_WARNING)[1] ?? "")
    .find((warning) => UNUSABLE_HOME.test(warning));
  // It is also not permitted to change the mode of a folder that another user shares with it.
  if (message === undefined || (/not permitted/.test(message) && isWritable(home, runAs))) return undefined;
  return { kind: "home", message, subject: home };
};

const isWritable = (path: string, runAs: RunAs): boolean => {
  if (runAs === undefined) return attempt(() => accessSync(path, constants.W_OK) ?? true, false);
  const { mode = 0, uid, gid } = attempt(() => statsOf(path), undefined) ?? {};
  const shift = uid === runAs.uid ? 6 : gid === runAs.gid ? 3 : 0;
  return ((mode >> shift) & constants.W_OK) !== 0;
};

/** Why `login status` failed: from Codex 0.169 and 0.171. */
export const loginFault = (output: string, home: string): CodexFault => {
  const message = sentenceOf(output);
  if (message.startsWith("Not logged in")) return { kind: "not_logged_in", message, subject: "" };
  if (!message.startsWith("Error loading config")) return { kind: "login_unreadable", message, subject: "" };
  const [, file = join(home, "config.toml"), line] =
    /(?<![^\s:"'(])(\/[^\s:"'(]+\.toml)(?::(\d+))?/.exec(message) ?? [];
  return { kind: "config", message, subject: [file, line ?? []].flat().join(":") };
};

/**
 * What of the host decides whether a sandbox can be made.
 * @param root "/" except in tests.
 * @param isOwnUser whether Codex runs as the service's user, and so with its capabilities.
 */
export const readSandboxHost = (root: string, isOwnUser: boolean) => {
  const read = (path: string) => readText(join(root, path)).trim();
  const sysctl = (name: string) => read(`proc/sys/${name.replaceAll(".", "/")}`);
  const status = read("proc/self/status");
  const capabilities = BigInt(`0x${/^CapEff:\s*([\da-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return {
    /** May create namespaces regardless of the settings for unprivileged users. */
    isPrivileged: isOwnUser && (capabilities & CAP_SYS_ADMIN) !== 0n,
    isUsernsCloneOff: sysctl(USERNS_CLONE) === "0",
    isAppArmorRestricting: sysctl(APPARMOR) === "1",
    /** The limit that allows no namespace; "" if all allow some. */
    closedLimit: LIMITS.find((name) => sysctl(name) === "0") ?? "",
    /** By a profile of AppArmor. */
    isConfined: read("proc/self/attr/current").endsWith("(enforce)"),
    hasSeccompFilter: /^Seccomp:\s*2/m.test(status),
    /** A runtime mounts its own /etc/hosts; podman, LXC and nspawn leave a file too. */
    isContainer:
      / \/etc\/(?:hosts|hostname) /.test(read("proc/self/mountinfo")) ||
      ["run/.containerenv", "run/systemd/container"].some((path) => existsSync(join(root, path))),
  };
};

export type SandboxHost = ReturnType<typeof readSandboxHost>;

const CAP_SYS_ADMIN = 1n << 21n;
const USERNS_CLONE = "kernel.unprivileged_userns_clone";
const APPARMOR = "kernel.apparmor_restrict_unprivileged_userns";
const LIMITS = ["user", "mnt", "pid", "net", "ipc", "uts"].map((kind) => `user.max_${kind}_namespaces`);

type SandboxRow = readonly [
  wording: Wording,
  isSo: (host: SandboxHost) => unknown,
  kind: CodexFault["kind"],
  subject?: (host: SandboxHost) => string,
];

const always = () => true;
const NOT_PERMITTED: Wording = [/No permissions to create |unshare|clone/, /new namespace|EPERM|not permitted/];
/** What is denied inside a user namespace that could be made. */
const NO_RIGHTS_INSIDE = /RTM_NEW(?:ADDR|LINK)|setting up [ug]id map/;
const MOUNT_DENIED: Wording = [
  /Failed to make|[Cc]an't (?:mount|bind)|Failed to mount|pivot_root|remount/,
  /denied|permitted/,
];

/**
 * How bubblewrap 0.11 (in Codex 0.171) and the releases before it word the kernel's answer, and what of the host then
 * explains it. No row: the reason is not known.
 */
const SANDBOX: readonly SandboxRow[] = [
  [NOT_PERMITTED, (host) => host.isUsernsCloneOff && !host.isPrivileged, "sandbox_userns_clone"],
  // Docker's default filter; Kubernetes' RuntimeDefault.
  [NOT_PERMITTED, (host) => host.isContainer && host.hasSeccompFilter, "sandbox_container", () => "seccomp=unconfined"],
  // Ubuntu 23.10 and later: the namespace is made, without any rights in it.
  [NO_RIGHTS_INSIDE, (host) => host.isAppArmorRestricting, "sandbox_apparmor"],
  [NOT_PERMITTED, (host) => host.isAppArmorRestricting && !host.isPrivileged, "sandbox_apparmor"],
  // systemd's RestrictNamespaces= and SystemCallFilter=.
  [NOT_PERMITTED, (host) => host.hasSeccompFilter, "sandbox_seccomp"],
  [MOUNT_DENIED, (host) => host.isContainer && host.isConfined, "sandbox_container", () => "apparmor=unconfined"],
  [MOUNT_DENIED, (host) => host.isContainer && host.hasSeccompFilter, "sandbox_container", () => "seccomp=unconfined"],
  // What a runtime hides of /proc may not be shown by mounting it again.
  [/mount proc/, (host) => host.isContainer, "sandbox_container", () => "systempaths=unconfined"],
  [/ENOSPC|No space left/, (host) => host.closedLimit, "sandbox_limit", (host) => host.closedLimit],
  [/does not support user namespaces|WSL1|CONFIG_SECCOMP|[Ll]andlock/, always, "sandbox_kernel"],
  [
    /bwrap: Unknown option|bubblewrap is unavailable|failed to exec (?:system|bundled) bubblewrap/,
    always,
    "sandbox_bubblewrap",
  ],
];

/** bubblewrap adds this guess to any denial; the setting that it names exists on Debian's kernels only. */
export const BUBBLEWRAPS_GUESS = /, likely because the kernel does not allow non-privileged user namespaces\b.*/;

/** Why `sandbox` failed. */
export const sandboxFault = (output: string, host: SandboxHost): CodexFault => {
  const said = sentenceOf(output);
  const row = SANDBOX.find(([wording, isSo]) => says(said, wording) && isSo(host));
  const message = said.replace(BUBBLEWRAPS_GUESS, "");
  return { kind: row?.[2] ?? "sandbox", message, subject: row?.[3]?.(host) ?? "" };
};
