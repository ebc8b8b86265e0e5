import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Config } from "@/config.ts";
import { type Environment, envFilePath, PROJECT_ROOT } from "@/lib/env-file.ts";
import { attempt } from "@/lib/errors.ts";
import { newTraceId } from "@/lib/ids.ts";
import { ancestorsOf, isWithin, resolveLinks } from "@/lib/paths.ts";
import { readRegular } from "@/lib/regular-file.ts";
import { codexHomeOf, loginFileOf } from "./environment.ts";
import type { Programs } from "./programs.ts";

/** In a home: what a login, a shell, git, npm or Bun runs or obeys there. */
const HOME_FILES = [
  ...[".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile"],
  ...[".zshenv", ".zprofile", ".zshrc", ".zlogin", ".gitconfig", ".npmrc", ".bunfig.toml"],
  ...[".config", ".ssh", ".bun/bin", ".local/bin"],
];
/** The system's own: read-only for a job above them; a job inside one is there on purpose. */
const SYSTEM_FOLDERS = ["/boot", "/dev", "/etc", "/lib", "/proc", "/run", "/sys", "/usr", "/var/lib", "/var/spool"];
/** What Codex covers in each folder that it makes writable, with an empty folder where it is missing. */
const MADE_READ_ONLY = [".git", ".agents", ".codex", ".aws"];
/** Exit code of the probe. */
const UNPROTECTED = 42;
const UNIT_FOLDERS = ["/etc/systemd", "/run/systemd", "/usr/lib/systemd", "/usr/local/lib/systemd"];

/**
 * What no sandboxed job may change, wherever it runs.
 * @param environment Codex's, with the home of the user that it runs as.
 */
export const protectedPaths = (config: Config, environment: Environment) => {
  const { HOME = config.home, PATH = "" } = environment;
  const envFile = envFilePath(config.environment);
  const isHome = (path: string) => [config.home, HOME].some((home) => isWithin(home, path));
  return {
    folders: [
      ...[config.root].filter((path) => !isHome(path)),
      ...[PROJECT_ROOT, config.logDir, config.backup.folder, join(dirname(config.dbPath), "jobs")],
      ...[codexHomeOf(environment), ...UNIT_FOLDERS],
    ],
    /** Kept by keeping the folder that they lie in: they are replaced, and have others beside them for a time. */
    files: [envFile, config.dbPath, config.auditPath],
    /** Of the programs that run outside the sandbox. */
    programFolders: [dirname(process.execPath), ...PATH.split(":")].filter((path) => path[0] === "/" && !isHome(path)),
    others: [config.home, HOME].flatMap((home) => HOME_FILES.map((name) => join(home, name))),
    /** Not even readable. */
    hidden: [envFile, loginFileOf(environment)],
    /** What this service can certainly write. */
    probed: dirname(config.dbPath),
  };
};

type ProtectedPaths = ReturnType<typeof protectedPaths>;

interface SandboxOptions {
  paths: ProtectedPaths;
  programs: Pick<Programs, "findCodex">;
  environment: Environment;
}

/**
 * The sandbox of a job, stated on Codex's command line: it may write in its working directory and in the temporary
 * folders as in `workspace-write`, but nothing that is protected.
 */
export const createSandbox = ({ paths, programs, environment }: SandboxOptions) => {
  /** @returns `unprotectable` for a working directory that holds something of ours directly. */
  const forJob = (cwd: string) => {
    const own = paths.folders.map(resolveLinks);
    const files = paths.files.map(resolveLinks);
    const codex = packageOf(resolveLinks(programs.findCodex()).real);
    const programFolders = [...paths.programFolders.map((path) => resolveLinks(path).real), codex];
    const folders = [...own.map(({ real }) => real), ...programFolders];
    const isOurs = (path: string) => folders.some((folder) => isWithin(path, folder));
    // A link cannot be a mount point: whoever writes in its folder decides where it leads.
    const links = [...own, ...files].flatMap((place) => place.links);
    const holders = [...files.map(({ real }) => real), ...links].map(dirname).filter((folder) => !isOurs(folder));

    const settings = readSettings(codexHomeOf(environment));
    const temporary = [
      { name: ":slash_tmp", path: "/tmp", isOff: settings.exclude_slash_tmp },
      { name: ":tmpdir", path: environment.TMPDIR ?? "/tmp", isOff: settings.exclude_tmpdir_env_var },
    ].filter(({ isOff }) => !isOff);
    const isFree = (path: string) => !isOurs(path) && !holders.includes(path);
    const roots = [...(cwd === "/" ? topFolders() : []), ...settings.writable_roots].filter(isFree);
    const freeTemporary = temporary.filter(({ path }) => isFree(resolveLinks(path).real));
    const isCwdWritable = cwd !== "/" && !isOurs(cwd);
    if (isCwdWritable && holders.includes(cwd)) return { kind: "unprotectable" as const };

    const writable = [...roots, ...freeTemporary.map(({ path }) => path), ...(isCwdWritable ? [cwd] : [])];
    const writableRoots = writable.map((path) => resolveLinks(path).real);
    const isWritable = (path: string) => writableRoots.some((root) => path !== root && isWithin(path, root));
    const ours = [...folders, ...holders].filter(isWritable);
    const others = [...paths.others.map((path) => resolveLinks(path).real), ...SYSTEM_FOLDERS].filter(isWritable);
    // Codex puts an empty file in place of what is missing, and leaves it there when it is killed.
    const kept = outermost([...ours, ...others].filter((path) => existsSync(path)));
    // A mount point cannot be renamed, so that nothing of ours can be moved away with a folder around it.
    const passages = kept.flatMap(ancestorsOf).filter(isWritable);

    const access = [
      [":root", "read"],
      ...freeTemporary.map(({ name }) => [name, "write"]),
      ...[...roots, ...passages].map((path) => [path, "write"]),
      ...kept.map((path) => [path, "read"]),
      ...paths.hidden.filter((path) => existsSync(path)).map((path) => [resolveLinks(path).real, "deny"]),
    ];
    const filesystem = [
      ...new Map(access.map(([path = "", mode]) => [path, `${JSON.stringify(path)}="${mode}"`])).values(),
      ...(isCwdWritable ? ['":workspace_roots"={"."="write"}'] : []),
    ].join();
    // Not to be guessed: a repository's own settings could add to a profile whose name they know.
    const profile = `job_${newTraceId()}`;
    const network = settings.network_access ? "network={enabled=true}," : "";
    return {
      kind: "stated" as const,
      /** Whether something of ours would be writable without it. */
      isNeeded: ours.length > 0 || !isCwdWritable,
      /** Empty folders that a killed Codex leaves in the folders around what is ours. */
      placeholders: passages
        .flatMap((folder) => MADE_READ_ONLY.map((name) => join(folder, name)))
        .filter((path) => !existsSync(path)),
      arguments: [
        // For versions without profiles; the others prefer the profile that is set at the same place.
        ...["-c", "sandbox_mode=workspace-write"],
        ...[
          "-c",
          `default_permissions=${profile}`,
          "-c",
          `permissions.${profile}={${network}filesystem={${filesystem}}}`,
        ],
        // Codex runs the start files of the user's shell outside the sandbox otherwise.
        ...["-c", "features.shell_snapshot=false"],
      ],
    };
  };

  return {
    forJob,
    /** A run of `codex sandbox` that exits with `unprotected` where a job could write what is ours. */
    probe() {
      const cwd = "/";
      const stated = forJob(cwd);
      const test = ["/bin/sh", "-c", `test ! -w "$1" || exit ${UNPROTECTED}`, "sh", resolveLinks(paths.probed).real];
      const permissions = stated.kind === "stated" ? stated.arguments : [];
      return { cwd, arguments: [...permissions, "--", ...test], unprotected: UNPROTECTED };
    },
  };
};

export type Sandbox = ReturnType<typeof createSandbox>;

/** Of npm's packages the tree that they share, since one starts the program of another. */
const packageOf = (program: string): string => /^.*?\/node_modules(?=\/)/.exec(program)?.[0] ?? dirname(program);

const outermost = (paths: readonly string[]): string[] =>
  paths.filter((path) => !paths.some((other) => other !== path && isWithin(path, other)));

/** For a job in "/", where links of the system lie. */
const topFolders = (): string[] =>
  readdirSync("/", { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !SYSTEM_FOLDERS.includes(`/${entry.name}`))
    .map(({ name }) => `/${name}`);

const WorkspaceSettings = z.object({
  writable_roots: z.array(z.string().startsWith("/")).catch([]),
  network_access: z.boolean().catch(false),
  exclude_slash_tmp: z.boolean().catch(false),
  exclude_tmpdir_env_var: z.boolean().catch(false),
});

const MAX_SETTINGS_BYTES = 1024 * 1024;

/** What the operator has set for `workspace-write`, which a profile does not take over. */
const readSettings = (codexHome: string) => {
  const parse = () => Bun.TOML.parse(readRegular(join(codexHome, "config.toml"), MAX_SETTINGS_BYTES));
  const Settings = z.object({ sandbox_workspace_write: WorkspaceSettings });
  const read = Settings.safeParse(attempt(parse, undefined));
  return read.data?.sandbox_workspace_write ?? WorkspaceSettings.parse({});
};
