import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "@/executor/run-event.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { PRIVATE_FILE, PRIVATE_FOLDER } from "@/lib/file-permissions.ts";
import type { Logger } from "@/lib/logger.ts";
import { type JournalReader, openJournal } from "./journal-reader.ts";
import { lastLineOf } from "./log-text.ts";
import type { JobState } from "./state.ts";

export type JobEvent = RunEvent | { type: "state"; state: JobState; error_code: string; error: string };

/** `id` counts from 1 within a job and orders its events. */
export type JournalEntry = { id: number; at: string } & JobEvent;

/** The most that is kept of one job; what states it went through is kept in any case. */
const MAX_BYTES = 2 * 1024 * 1024;

/** Where a job that is being written stands. */
interface Position {
  /** Kept open from the start of the job to its end; one that waits needs none. */
  fd: number | undefined;
  lastId: number;
  bytes: number;
  /** The file ends in the middle of a line, which nobody will read. */
  isTorn: boolean;
  isFull: boolean;
  lastLine: string;
}

/** One JSON-lines file a job: what its event stream replays and its log is made of. The database stays the truth. */
export const createJournals = ({ folder, clock, logger }: { folder: string; clock: Clock; logger: Logger }) => {
  const pathOf = (jobId: string) => join(folder, `${jobId}.jsonl`);
  const positions = new Map<string, Position>();

  const positionOf = (jobId: string): Position => {
    const known = positions.get(jobId);
    if (known) return known;
    const reader = openJournal(pathOf(jobId));
    const last = reader.next().at(-1);
    const { complete, size } = reader.progress();
    reader.close();
    const position = {
      fd: undefined,
      lastId: last?.id ?? 0,
      bytes: size,
      isTorn: complete < size,
      isFull: size > MAX_BYTES,
      lastLine: last ? lastLineOf(last) : "",
    };
    positions.set(jobId, position);
    return position;
  };

  const open = (jobId: string): number => {
    try {
      return openSync(pathOf(jobId), "a", PRIVATE_FILE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
      return openSync(pathOf(jobId), "a", PRIVATE_FILE);
    }
  };

  const closeFile = (position: Position) => {
    if (position.fd !== undefined) closeSync(position.fd);
    position.fd = undefined;
  };

  const write = (jobId: string, position: Position, event: JobEvent) => {
    const entry: JournalEntry = { id: position.lastId + 1, at: toTimestamp(clock.now()), ...event };
    const line = Buffer.from(`${position.isTorn ? "\n" : ""}${JSON.stringify(entry)}\n`);
    position.fd ??= open(jobId);
    // Until it is written whole.
    position.isTorn = true;
    if (writeSync(position.fd, line) < line.length) throw new Error("the line was cut off");
    position.isTorn = false;
    position.lastId++;
    position.bytes += line.length;
    position.lastLine = lastLineOf(entry) || position.lastLine;
  };

  const append = (jobId: string, event: JobEvent) => {
    const position = positionOf(jobId);
    if (!position.isFull || event.type === "state") write(jobId, position, event);
    if (!position.isFull && position.bytes > MAX_BYTES) {
      position.isFull = true;
      write(jobId, position, { type: "warning", text: "further events are not kept" });
    }
    if (event.type === "state" && event.state === "queued") closeFile(position);
  };

  return {
    /** A journal that cannot be written costs the job nothing but its story. */
    append(jobId: string, event: JobEvent): void {
      try {
        append(jobId, event);
      } catch (error) {
        logger.error({ err: error, job_id: jobId }, "a job's journal could not be written");
      }
    },
    /** Nothing more will come soon: forgets where the journal stands. */
    release(jobId: string): void {
      const position = positions.get(jobId);
      if (position) closeFile(position);
      positions.delete(jobId);
    },
    /** The end of what Codex said or did last; "" for a job that is not under way. */
    lastLine: (jobId: string): string => positions.get(jobId)?.lastLine ?? "",
    read: (jobId: string): JournalReader => openJournal(pathOf(jobId)),
    remove: (jobId: string): void => rmSync(pathOf(jobId), { force: true }),
  };
};

export type Journals = ReturnType<typeof createJournals>;
