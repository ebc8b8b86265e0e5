import { readFileSync } from "node:fs";

/**
 * Expands a leading `~` or `~user`, as a shell would.
 * @returns undefined for a user that does not exist.
 */
export const expandHome = (path: string, home: string): string | undefined => {
  if (!path.startsWith("~")) return path;
  const slash = path.indexOf("/");
  const user = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const base = user === "" ? home : homeOf(user);
  return base === undefined ? undefined : base + (slash < 0 ? "" : path.slice(slash));
};

const homeOf = (user: string): string | undefined => accountNamed(user)?.home;

export const accountNamed = (user: string) => accounts().find(({ name }) => name === user);

export const accountOf = (uid: number): { name: string; home: string } | undefined =>
  accounts().find((account) => account.uid === uid);

const accounts = () =>
  readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .map(([name = "", , uid, gid, , home = ""]) => ({ name, uid: Number(uid), gid: Number(gid), home }));

/** Drops empty and `.` segments and the trailing slash; `..` and symlinks stay as written. */
export const tidyPath = (path: string): string => {
  const kept = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  const tidy = (path.startsWith("/") ? "/" : "") + kept.join("/");
  return tidy === "" ? "." : tidy;
};
