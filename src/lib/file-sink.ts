import { appendFileSync, closeSync, existsSync, fchmodSync, fstatSync, openSync, renameSync } from "node:fs";
import { PRIVATE_FILE } from "./file-permissions.ts";

/**
 * An append-only 0600 file, rotated by size to `path.1` (newest) to `path.<keep>`. Writes are synchronous: a line is in the kernel before the answer is
 * sent, and the caller gets the failure. The file is opened at the first write and again after a failure, so a full
 * disk or a missing folder needs no restart.
 */
export const createFileSink = ({ path, maxBytes, keep }: { path: string; maxBytes: number; keep: number }) => {
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
      const newer = generation === 1 ? path : `${path}.${generation - 1}`;
      if (existsSync(newer)) renameSync(newer, `${path}.${generation}`);
    }
  };

  return {
    /** @throws what the file system throws. */
    write(text: string): void {
      const length = Buffer.byteLength(text);
      try {
        fd ??= open();
        if (size > 0 && size + length > maxBytes) {
          rotate();
          fd = open();
        }
        appendFileSync(fd, text);
        size += length;
      } catch (error) {
        close();
        throw error;
      }
    },
    close,
  };
};

export type FileSink = ReturnType<typeof createFileSink>;
