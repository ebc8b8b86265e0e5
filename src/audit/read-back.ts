import { type FileHandle, open } from "node:fs/promises";

const BLOCK_BYTES = 64 * 1024;
/** A longer line is told by its length only. */
const MAX_LINE_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Where reading goes on: before this offset of the file with this inode, whatever its name is by then. */
export interface Place {
  file: number;
  offset: number;
}

export interface BackLine {
  /** undefined for a line that is too long. */
  text: string | undefined;
  bytes: number;
}

interface ReadBackOptions {
  /** The newest first; those that are not there are passed over. */
  paths: readonly string[];
  from: Place | undefined;
  /** The most that is read, to the block. */
  maxBytes: number;
  /** Is given one line after the other; false when it wants no more. */
  take(line: BackLine): boolean;
}

/**
 * Reads the lines of a log and of its rotated files, the newest first, from the end and in blocks.
 * @returns where to go on; undefined when there is nothing older.
 */
export const readBack = async ({ paths, from, maxBytes, take }: ReadBackOptions): Promise<Place | undefined> => {
  const seen = new Set<number>();
  let isFound = from === undefined;
  let budget = maxBytes;
  for (const path of paths) {
    const file = await openIfThere(path);
    if (!file) continue;
    try {
      const { ino, size } = await file.stat();
      isFound ||= ino === from?.file;
      // A file that was rotated meanwhile comes by again under its next name.
      if (!isFound || seen.has(ino)) continue;
      seen.add(ino);
      const end = ino === from?.file ? Math.min(from.offset, size) : size;
      const { offset, isDone } = await readFileBack({ file, end, maxBytes: budget, take });
      if (!isDone) return { file: ino, offset };
      budget -= end;
    } finally {
      await file.close();
    }
  }
  return undefined;
};

const openIfThere = async (path: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
};

interface ReadFileOptions extends Pick<ReadBackOptions, "maxBytes" | "take"> {
  file: FileHandle;
  end: number;
}

const readFileBack = async ({ file, end, maxBytes, take }: ReadFileOptions) => {
  const block = Buffer.alloc(BLOCK_BYTES);
  const line = createPartialLine();
  let position = end;
  while (position > 0) {
    if (end - position >= maxBytes) return { offset: position + line.putBack(), isDone: false };
    const start = Math.max(0, position - BLOCK_BYTES);
    const { bytesRead } = await file.read(block, 0, position - start, start);
    let stop = bytesRead;
    for (let at = block.lastIndexOf(NEWLINE, stop - 1); at >= 0 && stop > 0; at = lastNewline(block, at)) {
      line.prepend(block.subarray(at + 1, stop));
      const found = line.finish();
      stop = at;
      if (found && !take(found)) return { offset: start + at, isDone: false };
    }
    line.prepend(block.subarray(0, stop));
    position = start;
  }
  const first = line.finish();
  return { offset: 0, isDone: first === undefined || take(first) };
};

/** Of a negative position, `lastIndexOf` would count from the end. */
const lastNewline = (block: Buffer, before: number): number =>
  before === 0 ? -1 : block.lastIndexOf(NEWLINE, before - 1);

/** A line of which the end is known, and more and more of what stands before it. */
const createPartialLine = () => {
  let parts: Buffer[] = [];
  let bytes = 0;
  return {
    /** How many bytes to read again next time; a line that is too long is gone through piece by piece. */
    putBack: () => (bytes > MAX_LINE_BYTES ? 0 : bytes),
    prepend(piece: Buffer): void {
      bytes += piece.length;
      if (bytes > MAX_LINE_BYTES) parts = [];
      else if (piece.length > 0) parts.unshift(Buffer.from(piece));
    },
    /** undefined for an empty line. */
    finish(): BackLine | undefined {
      const line = { text: bytes > MAX_LINE_BYTES ? undefined : Buffer.concat(parts).toString("utf8"), bytes };
      parts = [];
      bytes = 0;
      return line.bytes === 0 ? undefined : line;
    },
  };
};
