import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  renameSync,
  type Stats,
} from "node:fs";
import { PRIVATE_FILE } from "./file-permissions.ts";
import { statsOf } from "./paths.ts";
import { isSameFile, openRegular, targetOf } from "./regular-file.ts";

/**
 * An append-only 0600 file, rotated by size to `path.1` (newest) to `path.<keep>`, or beside the file that a link at
 * `path` leads to. Writes are synchronous: a line is in the kernel before the answer is sent, and the caller gets the
 * failure. The file is opened at the first write, again after a failure, so a full disk or a missing folder needs no
 * restart, and again when another file has taken its name.
 */
export const createFileSink = ({ path, maxBytes, keep }: { path: string; maxBytes: number; keep: number }) => {
  const { O_WRONLY, O_APPEND, O_CREAT } = constants;
  let fd: number | undefined;
  let opened: Stats | undefined;
  let size = 0;

  const open = (): number => {
    const next = openRegular(path, O_WRONLY | O_APPEND | O_CREAT);
    fchmodSync(next, PRIVATE_FILE);
    opened = fstatSync(next);
    size = opened.size;
    return next;
  };

  const close = () => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };

  const rotate = () => {
    close();
    const target = targetOf(path);
    for (let generation = keep; generation > 0; generation--) {
      const newer = generation === 1 ? target : `${target}.${generation - 1}`;
      if (existsSync(newer)) renameSync(newer, `${target}.${generation}`);
    }
  };

  return {
    /** @throws what the file system throws. */
    write(text: string): void {
      const length = Buffer.byteLength(text);
      try {
        if (!isSameFile(opened, statsOf(path))) close();
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
