import type { Libc } from "@/lib/libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const MSG_NOSIGNAL = 0x4000;

export interface Systemd {
  ready(): void;
  /** Resets the watchdog: the event loop runs, and so does the worker. */
  alive(): void;
  stopping(): void;
  /** Shown by `systemctl status`, and kept after the end. */
  status(sentence: string): void;
}

const noSystemd: Systemd = { ready() {}, alive() {}, stopping() {}, status() {} };

/**
 * Notifies systemd by datagrams to the socket of a `Type=notify` unit. Bun has no Unix datagram sockets, hence libc.
 * @param socket NOTIFY_SOCKET; undefined when systemd did not start this process.
 */
export const createSystemd = (socket: string | undefined, libc: Libc | undefined): Systemd => {
  if (!socket || !libc) return noSystemd;
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
    status: (sentence) => send(`STATUS=${sentence.replaceAll(/\s+/g, " ")}`),
  };
};

/** `struct sockaddr_un`; a leading @ means the abstract namespace. */
const addressOf = (socket: string): Buffer => {
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  const isAbstract = socket.startsWith("@");
  return Buffer.concat([family, Buffer.from(isAbstract ? `\0${socket.slice(1)}` : `${socket}\0`)]);
};
