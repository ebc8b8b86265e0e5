import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Clock, toTimestamp } from "@/clock.ts";
import type { RunEvent } from "@/executor/run-event.ts";
import type { Logger } from "@/logger.ts";
import { lastLineOf } from "./log-text.ts";
import type { JobState } from "./state.ts";

export type JobEvent = RunEvent | { type: "state"; state: JobState; error_code: string; error: string };

/** `id` counts from 1 within a job and orders its events. */
export type JournalEntry = { id: number; at: string } & JobEvent;

/** The most that is kept of one job; what states it went through is kept in any case. */
const MAX_BYTES = 2 * 1024 * 1024;
const READ_BYTES = 64 * 1024;
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

export interface JournalReader {
  /** Entries written since the last call. */
  next(): JournalEntry[];
  close(): void;
}

/** One JSON-lines file a job: what its event stream replays and its log is made of. The database stays the truth. */
export const createJournals = ({ folder, clock, logger }: { folder: string; clock: Clock; logger: Logger }) => {
  const pathOf = (jobId: string) => join(folder, `${jobId}.jsonl`);
  /** Where each job that is being written stands. */
  const open = new Map<string, { lastId: number; bytes: number; isTorn: boolean; lastLine: string }>();

  const positionOf = (jobId: string) => {
    const known = open.get(jobId);
    if (known) return known;
    const reader = openReader(pathOf(jobId));
    const last = reader.next().at(-1);
    const { complete, size } = reader.progress();
    const lastLine = last ? lastLineOf(last) : "";
    const position = { lastId: last?.id ?? 0, bytes: size, isTorn: complete < size, lastLine };
    reader.close();
    open.set(jobId, position);
    return position;
  };

  const write = (jobId: string, event: JobEvent) => {
    const position = positionOf(jobId);
    if (position.bytes > MAX_BYTES && event.type !== "state") return;
    const entry: JournalEntry = { id: position.lastId + 1, at: toTimestamp(clock.now()), ...event };
    const line = Buffer.from(`${position.isTorn ? "\n" : ""}${JSON.stringify(entry)}\n`);
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    const fd = openSync(pathOf(jobId), "a", PRIVATE_FILE);
    try {
      writeSync(fd, line);
    } finally {
      closeSync(fd);
    }
    position.lastId++;
    position.bytes += line.length;
    position.isTorn = false;
    position.lastLine = lastLineOf(entry) || position.lastLine;
  };

  return {
    /** A journal that cannot be written costs the job nothing but its story. */
    append(jobId: string, event: JobEvent): void {
      try {
        write(jobId, event);
      } catch (error) {
        logger.error({ err: error, job_id: jobId }, "a job's journal could not be written");
      }
    },
    /** Nothing more will come soon: forgets where the journal stands. */
    release: (jobId: string): void => void open.delete(jobId),
    /** The end of what Codex said or did last; "" for a job that is not under way. */
    lastLine: (jobId: string): string => open.get(jobId)?.lastLine ?? "",
    read: (jobId: string): JournalReader => openReader(pathOf(jobId)),
    remove: (jobId: string): void => rmSync(pathOf(jobId), { force: true }),
  };
};

export type Journals = ReturnType<typeof createJournals>;

/** Follows a file that grows, and may not exist yet. */
const openReader = (path: string) => {
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
