import { dlopen } from "bun:ffi";

/** glibc's name, then musl's. */
const LIBRARIES = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];

/** System calls that Bun does not offer; undefined where the library is not found. */
export const openLibc = () => {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, {
        prctl: { args: ["i32", "u64", "u64", "u64", "u64"], returns: "i32" },
        waitpid: { args: ["i32", "ptr", "i32"], returns: "i32" },
        socket: { args: ["i32", "i32", "i32"], returns: "i32" },
        sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
        close: { args: ["i32"], returns: "i32" },
        fcntl: { args: ["i32", "i32", "ptr"], returns: "i32" },
        getxattr: { args: ["ptr", "ptr", "ptr", "u64"], returns: "i64" },
      }).symbols;
    } catch {
      // Another system's name.
    }
  }
  return undefined;
};

export type Libc = NonNullable<ReturnType<typeof openLibc>>;

/** @returns undefined when the file has no such attribute, or one longer than a word. */
export const readAttribute = (libc: Libc, path: string, name: string): string | undefined => {
  const value = Buffer.alloc(64);
  const length = Number(libc.getxattr(Buffer.from(`${path}\0`), Buffer.from(`${name}\0`), value, value.length));
  return length < 0 ? undefined : value.toString("utf8", 0, length);
};

const [F_OFD_GETLK, F_OFD_SETLK] = [36, 37];
const [F_WRLCK, F_UNLCK] = [1, 2];
/** Far beyond the bytes that SQLite locks (1 GiB and the next 511), which must stay free for it. */
const LOCKED_BYTE = 1n << 62n;

/**
 * Locks the file behind `fd`, whatever its name, until `fd` is closed. Unlike a POSIX lock it is kept when another
 * descriptor of the file is closed.
 * @returns false when another descriptor holds it; true also where the file system has no such locks.
 */
export const lockDescriptor = (libc: Libc, fd: number): boolean => {
  // struct flock: type, whence, start, length, pid.
  const lock = Buffer.alloc(32);
  lock.writeInt16LE(F_WRLCK, 0);
  lock.writeBigInt64LE(LOCKED_BYTE, 8);
  lock.writeBigInt64LE(1n, 16);
  if (libc.fcntl(fd, F_OFD_SETLK, lock) === 0) return true;
  return libc.fcntl(fd, F_OFD_GETLK, lock) !== 0 || lock.readInt16LE(0) === F_UNLCK;
};
