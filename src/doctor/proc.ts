import { readdirSync, readlinkSync } from "node:fs";
import { lockPathsOf } from "@/db/lock.ts";
import { attempt } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";
import { listProcesses, readText } from "@/lib/proc.ts";

const LISTENING = "0A";
const MAX_NAME_CHARS = 60;

/** Who listens on this TCP port, on any address; another user's process has no visible pid. */
export const listenerOn = (port: number): { pid: number | undefined; name: string } | undefined => {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap((table) => readText(table).split("\n"))
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

/** Which instance uses this database, by its locks. Trying to take one could keep a service from starting. */
export const instanceOn = (databasePath: string): { pid: number; name: string } | undefined => {
  const inodes = lockPathsOf(databasePath).map((path) => statsOf(path)?.ino);
  const locks = readText("/proc/locks").matchAll(/WRITE (\d+) [\da-f]+:[\da-f]+:(\d+) /g);
  const holder = [...locks].find((lock) => inodes.includes(Number(lock[2])))?.[1];
  const pid = holder === undefined ? lockerOf(statsOf(databasePath)?.ino) : Number(holder);
  return pid === undefined ? undefined : { pid, name: nameOf(pid) };
};

/** Of a lock on the file itself /proc/locks does not know the process. */
const lockerOf = (inode: number | undefined): number | undefined => {
  const isLocked = (pid: number, fd: string) =>
    readText(`/proc/${pid}/fdinfo/${fd}`).match(/OFDLCK +[A-Z]+ +WRITE -?\d+ [\da-f]+:[\da-f]+:(\d+) /)?.[1] ===
    String(inode);
  return listProcesses().find(({ pid }) =>
    attempt(() => readdirSync(`/proc/${pid}/fdinfo`), []).some((fd) => isLocked(pid, fd)),
  )?.pid;
};

/** The Python service, by its command line or its unit's text. */
export const isPredecessor = (text: string): boolean => /\buvicorn\b/.test(text) && /18889|backend-service/.test(text);

/** Whether the listener is it: its command line may name neither port nor folder. */
export const isPredecessorOn = (pid: number): boolean => /\buvicorn\b/.test(readText(`/proc/${pid}/cmdline`));

/** The systemd unit of a process, which would start it again. */
export const unitOf = (pid: number): string | undefined =>
  /\/((?!user@)[^/\n]+\.service)(?:\/|$)/m.exec(readText(`/proc/${pid}/cgroup`))?.[1];

/** The id of the Docker container that a process is in. */
export const runsInDocker = (pid: number): string | undefined =>
  /docker[-/]([\da-f]{12,64})/.exec(readText(`/proc/${pid}/cgroup`))?.[1];

/** Its command line, shortened. */
const nameOf = (pid: number): string => {
  const words = readText(`/proc/${pid}/cmdline`).split("\0").join(" ").trim();
  return words.length > MAX_NAME_CHARS ? `${words.slice(0, MAX_NAME_CHARS)}…` : words || "?";
};
