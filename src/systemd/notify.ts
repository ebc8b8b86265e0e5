import type { Libc } from "@/executor/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const MSG_NOSIGNAL = 0x4000;

export interface Systemd {
  ready(): void;
  /** That the event loop turns; say it only while the rest is well, too. */
  alive(): void;
  stopping(): void;
}

const nobody: Systemd = { ready() {}, alive() {}, stopping() {} };

/**
 * Tells systemd how the service is, by a datagram to the socket that a unit of `Type=notify` names. Bun has no sockets
 * of that kind, and a `systemd-notify` process a minute would be asked of the host for nothing.
 * @param socket NOTIFY_SOCKET; undefined when systemd did not start this.
 */
export const createSystemd = (socket: string | undefined, libc: Libc | undefined): Systemd => {
  if (!socket || !libc) return nobody;
  const address = addressOf(socket);

  const send = (state: string) => {
    const fd = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (fd < 0) return;
    const message = Buffer.from(state);
    libc.sendto(fd, message, message.length, MSG_NOSIGNAL, address, address.length);
    libc.close(fd);
  };
  return {
    ready: () => send("READY=1"),
    alive: () => send("WATCHDOG=1"),
    stopping: () => send("STOPPING=1"),
  };
};

/** `struct sockaddr_un`; a name that begins with @ is one of the abstract namespace. */
const addressOf = (socket: string): Buffer => {
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  const isAbstract = socket.startsWith("@");
  return Buffer.concat([family, Buffer.from(isAbstract ? `\0${socket.slice(1)}` : `${socket}\0`)]);
};
