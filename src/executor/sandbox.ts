import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Config } from "@/config.ts";
import { type Environment, envFilePath, PROJECT_ROOT } from "@/lib/env-file.ts";
import { attempt } from "@/lib/errors.ts";
import { newTraceId } from "@/lib/identity.ts";
import { ancestorsOf, isWithin, OLD_SIDECAR_FOLDER, resolveLinks } from "@/lib/paths.ts";
import { readRegular } from "@/lib/regular-file.ts";
import { codexHomeOf, loginFileOf } from "./environment.ts";
import type { Programs } from "./programs.ts";

/** In a home: what a login, a shell, git, npm or Bun runs or reads as settings. */
const HOME_FILES = [
  ...[".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile"],
  ...[".zshenv", ".zprofile", ".zshrc", ".zlogin", ".gitconfig", ".npmrc", ".bunfig.toml"],
  ...[".config", ".ssh", ".bun/bin", ".local/bin"],
];
/** Read-only for a job above them, but not for a job inside one. */
const SYSTEM_FOLDERS = ["/boot", "/dev", "/etc", "/lib", "/proc", "/run", "/sys", "/usr", "/var/lib", "/var/spool"];
const UNIT_FOLDERS = ["/etc/systemd", "/run/systemd", "/usr/lib/systemd", "/usr/local/lib/systemd"];
/** In our data folder, beside the agents' workspace. */
const DATA_FOLDERS = ["jobs", OLD_SIDECAR_FOLDER, "openclaw_home", "openclaw_releases", "openclaw_tmp"];
/** Of the gateway's state, made for an upgrade. */
const STATE_COPY = /\/openclaw_home\.[^/]*$/;
/** Codex covers these in each folder that it makes writable, with an empty folder where one is missing. */
const COVERED_BY_CODEX = [".git", ".agents", ".codex", ".aws"];
const UNPROTECTED_EXIT = 42;

/**
 * What no sandboxed job may change, wherever it runs.
 * @param environment Codex's, with the home of the user that it runs as.
 */
export const protectedPaths = (config: Config, environment: Environment) => {
  const HOME = environment.HOME || config.home;
  const homes = [config.home, HOME];
  const isHome = (path: string) => homes.some((home) => isWithin(home, path));
  const envFile = envFilePath(config.environment);
  const data = join(config.root, "data");
  const codexHome = codexHomeOf({ ...environment, HOME });
  const programFolders = [dirname(process.execPath), ...(environment.PATH ?? "").split(":")];
  return {
    folders: [
      ...[config.root].filter((path) => !isHome(path)),
      ...[PROJECT_ROOT, config.logDir, config.backup.folder, join(dirname(config.dbPath), "jobs")],
      ...DATA_FOLDERS.map((name) => join(data, name)),
      ...[codexHome, ...UNIT_FOLDERS],
    ],
    /** Of programs that run outside the sandbox. */
    programFolders: programFolders.filter((path) => path.startsWith("/") && !isHome(path)),
    /** Protected with the folder that they are in: they are replaced, and have temporary files beside them. */
    files: [envFile, config.dbPath, config.auditPath],
    homeFiles: homes.flatMap((home) => HOME_FILES.map((name) => join(home, name))),
    /** Not even readable. */
    hidden: [envFile, loginFileOf({ ...environment, HOME })],
    /** Also has folders that are not ours, such as the agents' `openclaw_workspace`. */
    data,
    codexHome,
    /** Certainly writable for this service. */
    probed: dirname(config.dbPath),
  };
};

/**
 * The sandbox of a job, stated on Codex's command line: as in `workspace-write` it may write in its working directory
 * and in the temporary folders, but not to what is protected.
 */
export const createSandbox = (config: Config, environment: Environment, programs: Pick<Programs, "findCodex">) => {
  const paths = protectedPaths(config, environment);

  /** Done for each job: links, Codex and the folders in `data` change. */
  const locate = () => {
    const places = paths.folders.map(resolveLinks);
    const files = paths.files.map(resolveLinks);
    const codex = packageOf(realPathOf(programs.findCodex()));
    const folders = [...places.map(({ real }) => real), ...paths.programFolders.map(realPathOf), codex];
    // A link cannot be a mount point: a job that can write in its folder could let it lead elsewhere.
    const links = [...places, ...files].flatMap((place) => place.links);
    const holders = [...files.map(({ real }) => real), ...links].map(dirname);
    const isProtected = (path: string) => [...folders, ...holders].some((folder) => isWithin(folder, path));
    const workFolders = foldersIn(realPathOf(paths.data)).filter(
      (path) => !isProtected(path) && !STATE_COPY.test(path),
    );
    const isOurs = (path: string) => isInAny(path, folders) && !isInAny(path, workFolders);
    return { folders, holders: holders.filter((path) => !isOurs(path)), workFolders, isOurs };
  };

  /** What the operator and `workspace-write` let a job change, without what is ours. */
  const writableFor = (cwd: string, { holders, workFolders, isOurs }: ReturnType<typeof locate>) => {
    const settings = readSettings(paths.codexHome);
    const isFree = (path: string) => !isOurs(path) && !holders.includes(path);
    const topFolders = cwd === "/" ? foldersIn("/").filter((path) => !SYSTEM_FOLDERS.includes(path)) : [];
    const roots = [...topFolders, ...settings.writable_roots].filter(isFree);
    const temporary = [
      { name: ":slash_tmp", path: "/tmp", isExcluded: settings.exclude_slash_tmp },
      { name: ":tmpdir", path: environment.TMPDIR ?? "/tmp", isExcluded: settings.exclude_tmpdir_env_var },
    ].filter(({ path, isExcluded }) => !isExcluded && isFree(realPathOf(path)));
    const isCwdWritable = cwd !== "/" && !isOurs(cwd);
    const named = [...roots, ...workFolders.filter((path) => isWithin(path, cwd))];
    const all = [...named, ...temporary.map(({ path }) => path), ...(isCwdWritable ? [cwd] : [])].map(realPathOf);
    return { settings, named, temporary, isCwdWritable, all };
  };

  /**
   * @param canHide false where no sandbox can be made: Codex would not start with something to hide (run of 0.171).
   * @returns undefined for a working directory that directly contains something of ours.
   */
  const forJob = (cwd: string, canHide = true) => {
    const located = locate();
    const { settings, named, temporary, isCwdWritable, all } = writableFor(cwd, located);
    if (isCwdWritable && located.holders.includes(cwd)) return undefined;

    const isBelowWritable = (path: string) => all.some((root) => path !== root && isWithin(path, root));
    const ours = [...located.folders, ...located.holders].filter(isBelowWritable);
    const others = [...paths.homeFiles.map(realPathOf), ...SYSTEM_FOLDERS].filter(isBelowWritable);
    // Codex puts an empty file in place of what is missing, and leaves it there when it is killed.
    const readOnly = outermost([...ours, ...others].filter((path) => existsSync(path)));
    // A mount point cannot be renamed, so that nothing of ours can be moved away with a folder around it.
    const passages = readOnly.flatMap(ancestorsOf).filter(isBelowWritable);
    // Codex starts what the `.codex` of a trusted project names, and covers that folder in what it makes writable.
    const written = [...named, ...passages, ...settings.trusted.map(realPathOf).filter(isBelowWritable)];
    // Codex reads these as patterns, which it accepts for what is hidden only.
    if ([...written, ...readOnly].some((path) => path.search(GLOB) >= 0)) return undefined;

    const hidden = paths.hidden.filter((path) => canHide && existsSync(path)).map(realPathOf);
    const access = new Map([
      [":root", "read"],
      ...temporary.map(({ name }) => [name, "write"] as const),
      ...written.map((path) => [path, "write"] as const),
      ...readOnly.map((path) => [path, "read"] as const),
      ...hidden.map((path) => [path.replaceAll(GLOB, "[$&]"), "deny"] as const),
    ]);
    const rules = [...access].map(([path, mode]) => `${JSON.stringify(path)}="${mode}"`);
    if (isCwdWritable) rules.push('":workspace_roots"={"."="write"}');
    return {
      /** Whether something of ours would be writable without it. */
      isNeeded: ours.length > 0 || !isCwdWritable,
      isReadOnly: !isCwdWritable && cwd !== "/",
      /** Empty folders that a killed Codex leaves in the folders around what is ours. */
      placeholders: written
        .flatMap((folder) => COVERED_BY_CODEX.map((name) => join(folder, name)))
        .filter((path) => !existsSync(path)),
      arguments: argumentsFor(rules, settings.network_access),
    };
  };

  return {
    forJob,
    /** A run of `codex sandbox` that exits with `unprotected` where a job could change what is ours. */
    probe() {
      const cwd = "/";
      const test = ["/bin/sh", "-c", `test ! -w "$1" || exit ${UNPROTECTED_EXIT}`, "sh", realPathOf(paths.probed)];
      return { cwd, arguments: [...(forJob(cwd)?.arguments ?? []), "--", ...test], unprotected: UNPROTECTED_EXIT };
    },
  };
};

export type Sandbox = ReturnType<typeof createSandbox>;

const GLOB = /[*?[]/g;

const argumentsFor = (rules: readonly string[], hasNetwork: boolean): string[] => {
  // Random, because a repository's own settings could add to a profile with a known name.
  const profile = `job_${newTraceId()}`;
  const network = hasNetwork ? "network={enabled=true}," : "";
  return [
    // For versions without profiles; the others prefer the profile that is set at the same place.
    ...["-c", "sandbox_mode=workspace-write"],
    ...["-c", `default_permissions=${profile}`],
    ...["-c", `permissions.${profile}={${network}filesystem={${rules.join()}}}`],
    // Codex runs the start files of the user's shell outside the sandbox otherwise.
    ...["-c", "features.shell_snapshot=false"],
  ];
};

const realPathOf = (path: string): string => resolveLinks(path).real;

const isInAny = (path: string, folders: readonly string[]) => folders.some((folder) => isWithin(path, folder));

/** Of npm's packages the tree that they share, since one starts the program of another. */
const packageOf = (program: string): string => /^.*?\/node_modules(?=\/)/.exec(program)?.[0] ?? dirname(program);

const outermost = (paths: readonly string[]): string[] =>
  paths.filter((path) => !paths.some((other) => other !== path && isWithin(path, other)));

/** Without links. */
const foldersIn = (folder: string): string[] =>
  attempt(() => readdirSync(folder, { withFileTypes: true }), [])
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));

const WorkspaceSettings = z.object({
  writable_roots: z.array(z.string().startsWith("/")).catch([]),
  network_access: z.boolean().catch(false),
  exclude_slash_tmp: z.boolean().catch(false),
  exclude_tmpdir_env_var: z.boolean().catch(false),
});

const MAX_SETTINGS_BYTES = 1024 * 1024;

const CodexSettings = z.object({
  sandbox_workspace_write: WorkspaceSettings.catch(WorkspaceSettings.parse({})),
  projects: z.record(z.string(), z.looseObject({ trust_level: z.unknown() }).catch({ trust_level: "" })).catch({}),
});

/** What the operator has set for `workspace-write`, which a profile does not take over, and the trusted projects. */
const readSettings = (codexHome: string) => {
  const parse = () => Bun.TOML.parse(readRegular(join(codexHome, "config.toml"), MAX_SETTINGS_BYTES));
  const { sandbox_workspace_write, projects } = CodexSettings.parse(attempt(parse, {}));
  const trusted = Object.keys(projects).filter(
    (path) => path.startsWith("/") && projects[path]?.trust_level === "trusted" && existsSync(path),
  );
  return { ...sandbox_workspace_write, trusted };
};
