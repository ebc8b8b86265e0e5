import { readFileSync, readlinkSync, type Stats, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { attempt } from "./errors.ts";

/** Expands a leading `~` or `~user`, as a shell would. @returns undefined for a user that does not exist. */
export const expandHome = (path: string, home: string): string | undefined => {
  if (!path.startsWith("~")) return path;
  const [user = "", ...rest] = path.slice(1).split("/");
  const base = user === "" ? home : accountNamed(user)?.home;
  return base === undefined ? undefined : [base, ...rest].join("/");
};

export const accountNamed = (user: string) => accounts().find(({ name }) => name === user);

export const accountOf = (uid: number) => accounts().find((account) => account.uid === uid);

const accounts = () =>
  readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .map(([name = "", , uid, gid, , home = ""]) => ({ name, uid: Number(uid), gid: Number(gid), home }));

/** Drops empty and `.` segments and the trailing slash; `..` and symlinks stay as written. */
export const tidyPath = (path: string): string => {
  const kept = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  return (path.startsWith("/") ? "/" : "") + kept.join("/") || ".";
};

/** npx, npm and `bun run` put such folders on the PATH for as long as they run. */
const TEMPORARY_FOLDER = /\/(?:_npx|node_modules)\//;

/** The PATH of the host itself, each folder once. */
export const hostPath = (path: string): string =>
  [...new Set(path.split(":"))].filter((folder) => folder !== "" && !TEMPORARY_FOLDER.test(`${folder}/`)).join(":");

/** undefined for a path that does not exist, also for one below a file. */
export const statsOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw error;
  }
};

/** What is left of a path's file system for users other than root. */
export const freeBytesAt = (path: string): number => {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
};

/** By components: `/a/b` holds itself and `/a/b/c`, but not `/a/bc`. */
export const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === "/" ? folder : `${folder}/`);

/** The folders around an absolute path, without "/". */
export const ancestorsOf = (path: string): string[] => {
  const parent = dirname(path);
  return parent === "/" || parent === path ? [] : [parent, ...ancestorsOf(parent)];
};

/** In `data`: the gateway's state, the agents' workspace, installed versions, TMPDIR. */
export const SIDECAR_FOLDERS = ["openclaw_home", "openclaw_workspace", "openclaw_releases", "openclaw_tmp"] as const;
/** Where the container, whose HOME is the folder around it, mounts the state. */
export const STATE_MOUNT_POINT = "openclaw_home/home/.openclaw";
/** In `data`: all of it in earlier releases, until the gateway's script takes it over. */
export const OLD_SIDECAR_FOLDER = "openclaw";

const MAX_LINKS = 40;

/** Where an absolute path leads, also one that does not exist (yet), and the links on the way. */
export const resolveLinks = (path: string): { real: string; links: string[] } => {
  const links: string[] = [];
  let rest = path.split("/");
  let real = "/";
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = join(real, name);
    const target = links.length < MAX_LINKS ? attempt(() => readlinkSync(next), undefined) : undefined;
    if (target === undefined) {
      real = next;
    } else {
      links.push(next);
      if (target.startsWith("/")) real = "/";
      rest = [...target.split("/"), ...rest];
    }
  }
  return { real, links };
};
