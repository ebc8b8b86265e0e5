import type { Libc } from "@/lib/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const MSG_NOSIGNAL = 0x4000;

/** WATCHDOG: the event loop runs, and so does the worker. STATUS: for `systemctl status`, kept after the end. */
type State = "READY=1" | "WATCHDOG=1" | "STOPPING=1" | `STATUS=${string}`;

/**
 * Notifies systemd by datagrams to the socket of a `Type=notify` unit. Bun has no Unix datagram sockets, hence libc.
 * @param socket NOTIFY_SOCKET; undefined when systemd did not start this process.
 */
export const createSystemd = (socket: string | undefined, libc: Libc | undefined) => {
  if (!socket || !libc) return () => {};
  const address = addressOf(socket);
  return (state: State): void => {
    const fd = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (fd < 0) return;
    const message = Buffer.from(state.replaceAll(/\s+/g, " "));
    libc.sendto(fd, message, message.length, MSG_NOSIGNAL, address, address.length);
    libc.close(fd);
  };
};

export type Systemd = ReturnType<typeof createSystemd>;

/** `struct sockaddr_un`; a leading @ means the abstract namespace. */
const addressOf = (socket: string): Buffer => {
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  const isAbstract = socket.startsWith("@");
  return Buffer.concat([family, Buffer.from(isAbstract ? `\0${socket.slice(1)}` : `${socket}\0`)]);
};
