import { readFileSync, type Stats, statSync } from "node:fs";

/**
 * Expands a leading `~` or `~user`, as a shell would.
 * @returns undefined for a user that does not exist.
 */
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
