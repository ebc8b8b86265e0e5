import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { JournalEntry } from "./journal.ts";

const READ_BYTES = 64 * 1024;

export interface JournalReader {
  /** Entries written since the last call. */
  next(): JournalEntry[];
  close(): void;
}

/** Follows a file that grows, and may not exist yet. */
export const openJournal = (path: string) => {
  let fd: number | undefined;
  let offset = 0;

  const tryOpen = () => {
    try {
      fd ??= openSync(path, "r");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    return fd;
  };

  return {
    next(): JournalEntry[] {
      const file = tryOpen();
      if (file === undefined) return [];
      const chunks: Buffer[] = [];
      for (let at = offset; at < fstatSync(file).size; ) {
        const chunk = Buffer.alloc(READ_BYTES);
        const read = readSync(file, chunk, 0, READ_BYTES, at);
        if (read === 0) break;
        chunks.push(chunk.subarray(0, read));
        at += read;
      }
      const bytes = Buffer.concat(chunks);
      // A line that a crash cut off has no end, and is never read.
      const end = bytes.lastIndexOf("\n") + 1;
      offset += end;
      return bytes.toString("utf8", 0, end).split("\n").flatMap(parseEntry);
    },
    progress: () => ({ complete: offset, size: fd === undefined ? 0 : fstatSync(fd).size }),
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
};

const parseEntry = (line: string): JournalEntry[] => {
  try {
    return line === "" ? [] : [JSON.parse(line)];
  } catch {
    return [];
  }
};
