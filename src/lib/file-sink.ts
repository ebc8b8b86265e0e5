import { closeSync, fchmodSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { PRIVATE_FILE } from "./file-permissions.ts";

export interface FileSink {
  /** Appends synchronously; throws what the file system throws. */
  write(text: string): void;
  close(): void;
}

interface FileSinkOptions {
  path: string;
  maxBytes: number;
  /** How many full files stay beside the current one, as `path.1` (newest) to `path.<keep>`. */
  keep: number;
}

/**
 * An append-only 0600 file that is rotated by size. Writes are synchronous on purpose: a line is in the kernel
 * before the answer leaves, nothing queues in memory, and a failure reaches the caller that can report it.
 * The file is opened at the first write and again after a failure, so that a full disk or a folder that was
 * away needs no restart.
 */
export const createFileSink = ({ path, maxBytes, keep }: FileSinkOptions): FileSink => {
  let fd: number | undefined;
  let size = 0;

  const open = (): number => {
    const opened = openSync(path, "a", PRIVATE_FILE);
    fchmodSync(opened, PRIVATE_FILE);
    size = fstatSync(opened).size;
    return opened;
  };

  const close = () => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };

  const rotate = () => {
    close();
    for (let generation = keep; generation > 0; generation--) {
      const older = generation === 1 ? path : `${path}.${generation - 1}`;
      try {
        renameSync(older, `${path}.${generation}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  };

  return {
    write(text) {
      const length = Buffer.byteLength(text);
      try {
        fd ??= open();
        if (size > 0 && size + length > maxBytes) {
          rotate();
          fd = open();
        }
        writeWhole(fd, text, length);
        size += length;
      } catch (error) {
        close();
        throw error;
      }
    },
    close,
  };
};

/** In one go as a rule; what a full pipe or disk took only a part of is followed by the rest. */
const writeWhole = (fd: number, text: string, length: number) => {
  let written = writeSync(fd, text);
  if (written === length) return;
  const bytes = Buffer.from(text);
  while (written < length) written += writeSync(fd, bytes, written);
};
