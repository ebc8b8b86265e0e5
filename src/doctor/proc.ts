import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { attempt } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";
import { listProcesses } from "@/lib/proc.ts";

const LISTENING = "0A";
const MAX_NAME_CHARS = 60;

/** Who listens on this TCP port, on any address; another user's process has no visible pid. */
export const listenerOn = (port: number): { pid: number | undefined; name: string } | undefined => {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((table) => attempt(() => readFileSync(table, "utf8"), "").split("\n"))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => state === LISTENING && local?.endsWith(suffix))
    .map((columns) => `socket:[${columns[9]}]`);
  if (sockets.length === 0) return undefined;
  const owner = listProcesses().find(({ pid }) => {
    const links = attempt(() => readdirSync(`/proc/${pid}/fd`), []).map((fd) => `/proc/${pid}/fd/${fd}`);
    return links.some((link) => sockets.includes(attempt(() => readlinkSync(link), "")));
  });
  return owner ? { pid: owner.pid, name: nameOf(owner.pid) } : { pid: undefined, name: "?" };
};

/** Who holds a lock on this file. Trying to take the lock could keep a service from starting. */
export const lockHolderOf = (path: string): { pid: number; name: string } | undefined => {
  const inode = statsOf(path)?.ino;
  const locks = attempt(() => readFileSync("/proc/locks", "utf8"), "").matchAll(
    /WRITE (\d+) [\da-f]+:[\da-f]+:(\d+) /g,
  );
  const pid = Number([...locks].find((lock) => Number(lock[2]) === inode)?.[1]);
  return Number.isNaN(pid) ? undefined : { pid, name: nameOf(pid) };
};

/** Its command line, shortened. */
const nameOf = (pid: number): string => {
  const words = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"), "")
    .split("\0")
    .join(" ")
    .trim();
  return words.length > MAX_NAME_CHARS ? `${words.slice(0, MAX_NAME_CHARS)}…` : words || "?";
};
