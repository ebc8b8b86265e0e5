import { appendFileSync, constants, mkdirSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "@/executor/codex/events.ts";
import { withPlainCommand } from "@/executor/codex/shell-command.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import { PRIVATE_FOLDER } from "@/lib/file-permissions.ts";
import type { Logger } from "@/lib/logger.ts";
import { withRegular } from "@/lib/regular-file.ts";
import { firstChars, printable } from "@/lib/text.ts";
import { nextTurn, type Turns } from "@/lib/turns.ts";
import type { JobState } from "./state.ts";

export type JobEvent = RunEvent | { type: "state"; state: JobState; error_code: string; error: string };

/** `id` counts from 1 within a job and orders its events. */
export type JournalEntry = { id: number; at: string } & JobEvent;

const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT } = constants;

/** The bound of one job's journal. */
const MAX_BYTES = 2 * 1024 * 1024;
/** Kept free for changes of state, and for the entry that says that others are missing. */
const RESERVED_BYTES = 128 * 1024;
const MAX_ERROR_CHARS = 4000;
/** Reading so many takes 20 ms, and showing them 40; a job of Codex has some hundreds. */
const MAX_ENTRIES = 5000;
/** Read at a time. */
const SLICE_BYTES = 16 * 1024;
/** Our longest line has 300 KB; earlier versions wrote lines of many megabytes, which are skipped. */
const MAX_LINE_BYTES = 512 * 1024;

export const JOURNAL_FULL = "further events are not kept";
const FULL = { type: "warning", text: JOURNAL_FULL } as const;

/** One JSON-lines file per job, replayed by its event stream and rendered as its log. The database stays the truth. */
export const createJournals = ({ folder, clock, logger }: { folder: string; clock: Clock; logger: Logger }) => {
  const pathOf = (jobId: string) => join(folder, `${jobId}.jsonl`);

  /** The end of a journal that is being written. */
  const openTail = (jobId: string) => {
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    const bytes = sizeOf(pathOf(jobId));
    const end = readFrom(pathOf(jobId), Math.max(0, bytes - MAX_LINE_BYTES), MAX_LINE_BYTES);
    const { entries, length } = parseEntries(end);
    const last = entries.at(-1);
    return {
      lastId: last?.id ?? 0,
      bytes,
      isFull: entries.some((entry) => entry.type === FULL.type && entry.text === FULL.text),
      /** The file ends in the middle of a line, which readers skip. */
      isTorn: length < end.length,
      lastLine: last ? lastLineOf(last) : "",
    };
  };
  type Tail = ReturnType<typeof openTail>;
  const tails = new Map<string, Tail>();

  /** @returns false, having written nothing, if `maxBytes` would be exceeded. */
  const write = (jobId: string, tail: Tail, event: JobEvent, maxBytes: number): boolean => {
    const entry: JournalEntry = { id: tail.lastId + 1, at: toTimestamp(clock.now()), ...event };
    const line = `${tail.isTorn ? "\n" : ""}${JSON.stringify(entry)}\n`;
    const length = Buffer.byteLength(line);
    if (tail.bytes + length > maxBytes || (event.type !== "state" && entry.id > MAX_ENTRIES && event !== FULL))
      return false;
    // Until the whole line is written.
    tail.isTorn = true;
    withRegular(pathOf(jobId), O_WRONLY | O_APPEND | O_CREAT, (fd) => appendFileSync(fd, line));
    tail.isTorn = false;
    tail.lastId++;
    tail.bytes += length;
    tail.lastLine = lastLineOf(entry) || tail.lastLine;
    return true;
  };

  return {
    /** A journal that cannot be written does not fail the job. */
    append(jobId: string, event: JobEvent): void {
      try {
        const tail = tails.get(jobId) ?? openTail(jobId);
        tails.set(jobId, tail);
        if (event.type === "state") {
          write(jobId, tail, { ...event, error: event.error.slice(0, MAX_ERROR_CHARS).toWellFormed() }, Infinity);
          return;
        }
        if (tail.isFull || write(jobId, tail, event, MAX_BYTES - RESERVED_BYTES)) return;
        tail.isFull = true;
        write(jobId, tail, FULL, MAX_BYTES);
      } catch (error) {
        logger.error({ err: error, job_id: jobId }, "cannot write the journal of a job");
      }
    },
    /** Frees what is kept in memory of a job that has ended. */
    release: (jobId: string): void => void tails.delete(jobId),
    /** The end of what Codex last said or did; "" for a job that is not in progress. */
    lastLine: (jobId: string): string => tails.get(jobId)?.lastLine ?? "",
    /** @returns what reads some of the entries written since its last call, a slice of the file; none at its end. */
    read(jobId: string) {
      let offset = 0;
      return (): JournalEntry[] => {
        for (let size = SLICE_BYTES; ; ) {
          const bytes = readFrom(pathOf(jobId), offset, size);
          const { entries, length } = parseEntries(bytes);
          const isLong = length === 0 && bytes.length === size;
          offset += isLong && size === MAX_LINE_BYTES ? size : length;
          if (entries.length > 0 || bytes.length < size) return entries;
          size = isLong ? Math.min(2 * size, MAX_LINE_BYTES) : SLICE_BYTES;
        }
      };
    },
    remove: (jobId: string): void => rmSync(pathOf(jobId), { force: true }),
  };
};

export type Journals = ReturnType<typeof createJournals>;
export type JournalReader = ReturnType<Journals["read"]>;

/** All entries there are, beside other requests: a full journal takes 30 ms to read. */
export const readInTurns = async (readNext: JournalReader, turns: Turns = nextTurn): Promise<JournalEntry[]> => {
  const all: JournalEntry[] = [];
  for (;;) {
    await turns();
    const entries = readNext();
    if (entries.length === 0) return all;
    all.push(...entries);
  }
};

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

const readFrom = (path: string, offset: number, maxBytes: number): Buffer => {
  const length = Math.min(maxBytes, sizeOf(path) - offset);
  if (length <= 0) return Buffer.alloc(0);
  const bytes = Buffer.allocUnsafe(length);
  const read = withRegular(path, O_RDONLY, (fd) => readSync(fd, bytes, 0, length, offset));
  return bytes.subarray(0, read);
};

/** @returns `length` counts the bytes of complete lines: a crash can leave one without its end. */
const parseEntries = (bytes: Buffer): { entries: JournalEntry[]; length: number } => {
  const length = bytes.lastIndexOf("\n") + 1;
  return { entries: bytes.toString("utf8", 0, length).split("\n").flatMap(parseLine), length };
};

/** What is left of a line that was skipped is no entry. */
const parseLine = (line: string): JournalEntry[] => {
  const entry = attempt(() => JSON.parse(line), undefined);
  return typeof entry?.id === "number" ? [entry] : [];
};

/**
 * A journal as text: one paragraph per event, and one for a row of retries once it is over. A longer journal only adds
 * to the text, so that byte ranges of it can be served.
 */
export const toLogText = (entries: Iterable<JournalEntry>): string =>
  printable(
    [...entries]
      .filter(({ type }, index, all) => type !== "retry" || (all[index + 1]?.type ?? "retry") !== "retry")
      .map((entry) => `[${entry.at}] ${describe(entry)}\n`)
      .join(""),
  );

const MAX_LINE_CHARS = 200;

/** The last line of what Codex said or did, shortened; "" for events about the run itself. */
const lastLineOf = (entry: JournalEntry): string => {
  if (entry.type === "state" || entry.type === "thread" || entry.type === "usage") return "";
  const line = describe(withPlainCommand(entry)).trimEnd().split("\n").at(-1) ?? "";
  const shown = firstChars(line, MAX_LINE_CHARS);
  return shown.length < line.length ? `${shown}…` : line;
};

const texts: { [Type in JobEvent["type"]]: (event: Extract<JobEvent, { type: Type }>) => string } = {
  state: ({ state, error }) => `== ${state}${error ? `: ${error}` : ""}`,
  thread: ({ thread_id }) => `thread ${thread_id}`,
  message: ({ text }) => `codex: ${text}`,
  reasoning: ({ text }) => `thinking: ${text}`,
  command_started: ({ command }) => `$ ${command}`,
  command_finished: ({ command, exit_code, output, status }) =>
    `${status === "declined" ? status : `exit ${exit_code ?? "unknown"}`}: ${command}\n${output}`.trimEnd(),
  file_change: ({ changes, status }) =>
    `files${status === "failed" || status === "declined" ? ` ${status}` : ""}: ${changes.map(({ kind, path }) => `${kind} ${path}`.trim()).join(", ")}`,
  plan: ({ items }) => `plan:${items.map(({ text, completed }) => `\n  [${completed ? "x" : " "}] ${text}`).join("")}`,
  item: ({ item_type, title, status, text }) =>
    `${[item_type, title].filter(Boolean).join(" ")} (${status})${text && `: ${text}`}`,
  usage: ({ usage }) =>
    `tokens: ${Object.entries(usage)
      .map((entry) => entry.join(" "))
      .join(", ")}`,
  retry: ({ text }) => `retry: ${text}`,
  warning: ({ text }) => `warning: ${text}`,
  failure: ({ text }) => `failed: ${text}`,
  output: ({ stream, text }) => `${stream}: ${text}`,
};

const describe = (event: JobEvent): string => (texts[event.type] as (event: JobEvent) => string)(event);
