import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { statsOf } from "@/lib/paths.ts";
import { listProcesses } from "@/lib/proc.ts";

export interface Owner {
  /** undefined for another user's process, which cannot be seen. */
  pid: number | undefined;
  /** Its command line, shortened. */
  name: string;
}

const LISTENING = "0A";
const MAX_NAME_CHARS = 60;

/** Who listens on this TCP port, on any address. */
export const listenerOn = (port: number): Owner | undefined => {
  const sockets = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return undefined;
  const owner = listProcesses().find(({ pid }) => hasSocket(pid, sockets));
  return owner ? { pid: owner.pid, name: nameOf(owner.pid) } : { pid: undefined, name: "?" };
};

const listeningSockets = (table: string, port: number): string[] => {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  return read(table)
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state]) => state === LISTENING && local.endsWith(`:${wanted}`))
    .map((columns) => `socket:[${columns[9]}]`);
};

const hasSocket = (pid: number, sockets: ReadonlySet<string>): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.has(targetOf(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
};

/** "" for a descriptor that was closed meanwhile. */
const targetOf = (link: string): string => {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
};

/** Who holds a lock on this file. Trying to take the lock could keep a service from starting. */
export const lockHolderOf = (path: string): Owner | undefined => {
  const inode = statsOf(path)?.ino;
  if (inode === undefined) return undefined;
  for (const line of read("/proc/locks").split("\n")) {
    const match = /WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    if (Number(match?.[2]) !== inode) continue;
    const pid = Number(match?.[1]);
    return { pid, name: nameOf(pid) };
  }
  return undefined;
};

const nameOf = (pid: number): string => {
  const words = read(`/proc/${pid}/cmdline`).split("\0").join(" ").trim();
  return words.length > MAX_NAME_CHARS ? `${words.slice(0, MAX_NAME_CHARS)}…` : words || "?";
};

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};
