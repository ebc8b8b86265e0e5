import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { z } from "zod";
import { attempt } from "@/lib/errors.ts";
import { targetOf } from "@/lib/regular-file.ts";
import { firstChars } from "@/lib/text.ts";
import type { Turns } from "@/lib/turns.ts";

const PAGE_ENTRIES = 50;
/** Read per request. A filter that matches little continues on the next page; a longer line is shown in pieces. */
const MAX_BYTES = 1024 * 1024;
const MAX_TEXT_CHARS = 500;
const NEWLINE = 0x0a;

export type AuditEntryView = ({ kind: "record" } & AuditRecordView) | { kind: "unreadable"; bytes: number };

export const auditOutcomes = ["done", "denied"] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

export interface AuditQuery {
  /** "" for all. */
  action: string;
  outcome: AuditOutcome | "";
  /** `next` of the page before; "" for the newest. */
  before: string;
}

/** Pages through the audit log from its end. @param keep how many rotated files there may be. */
export const createAuditReader = ({ path, keep, turns }: { path: string; keep: number; turns: Turns }) => {
  return {
    /** Entries with the newest first, and the position of the next older page; "" when there is none. */
    async read(query: AuditQuery) {
      const entries: AuditEntryView[] = [];
      const target = targetOf(path);
      const paths = [target, ...Array.from({ length: keep }, (_, index) => `${target}.${index + 1}`)];
      const next = await readBackwards(paths, parsePosition(query.before), turns, (line) => {
        const entry = toEntry(line, query);
        if (entry) entries.push(entry);
        return entries.length < PAGE_ENTRIES;
      });
      return { entries, next: next ? `${next.inode}-${next.offset}` : "" };
    },
  };
};

export type AuditReader = ReturnType<typeof createAuditReader>;
export type AuditPageView = Awaited<ReturnType<AuditReader["read"]>>;

/** Before this offset of the file with this inode, which keeps it when it is rotated to another name. */
interface Position {
  inode: number;
  offset: number;
}

const parsePosition = (text: string): Position | undefined => {
  const [, inode, offset] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  return inode === undefined ? undefined : { inode: Number(inode), offset: Number(offset) };
};

/**
 * Calls `take` with each line, the newest first, until it returns false or MAX_BYTES have been read.
 * @returns where to continue; undefined when there is nothing older.
 */
const readBackwards = async (
  paths: readonly string[],
  from: Position | undefined,
  turns: Turns,
  take: (line: Buffer) => boolean,
): Promise<Position | undefined> => {
  const seen = new Set<number>();
  let isFound = from === undefined;
  let budget = MAX_BYTES;
  for (const path of paths) {
    const file = await openIfThere(path);
    if (!file) continue;
    try {
      const stats = await file.stat();
      if (!stats.isFile()) continue;
      const { ino: inode, size } = stats;
      isFound ||= inode === from?.inode;
      // A file rotated during this read comes up again under its next name.
      if (!isFound || seen.has(inode)) continue;
      seen.add(inode);
      const end = inode === from?.inode ? Math.min(from.offset, size) : size;
      const offset = await readFileBackwards(file, end, budget, turns, take);
      if (offset !== undefined) return { inode, offset };
      budget -= end;
    } finally {
      await file.close();
    }
  }
  return undefined;
};

const openIfThere = async (path: string): Promise<FileHandle | undefined> => {
  try {
    // Otherwise opening a pipe would wait for its writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
};

/** @returns the offset to continue before; undefined when the whole file has been taken. */
const readFileBackwards = async (
  file: FileHandle,
  end: number,
  budget: number,
  turns: Turns,
  take: (line: Buffer) => boolean,
): Promise<number | undefined> => {
  const start = Math.max(0, end - budget);
  const chunk = Buffer.alloc(end - start);
  await file.read(chunk, 0, chunk.length, start);
  await turns();
  let rest = chunk;
  while (rest.length > 0) {
    const lineStart = rest.lastIndexOf(NEWLINE) + 1;
    // The next page reads this line whole, unless it fills the largest chunk.
    const isCut = lineStart === 0 && start > 0;
    if (isCut && rest.length < MAX_BYTES) return start + rest.length;
    const line = rest.subarray(lineStart);
    if (line.length > 0 && !take(line)) return start + lineStart;
    rest = rest.subarray(0, Math.max(0, lineStart - 1));
  }
  return start === 0 ? undefined : start;
};

/** undefined for a line that the query leaves out; an unreadable one shows only without a filter. */
const toEntry = (line: Buffer, { action, outcome }: AuditQuery): AuditEntryView | undefined => {
  const record = parseRecord(line.toString("utf8"));
  if (!record) return action === "" && outcome === "" ? { kind: "unreadable", bytes: line.length } : undefined;
  if (action !== "" && record.action !== action) return undefined;
  if (outcome !== "" && record.denied !== (outcome === "denied")) return undefined;
  return { kind: "record", ...record };
};

const clip = (text: string): string => (text.length <= MAX_TEXT_CHARS ? text : `${firstChars(text, MAX_TEXT_CHARS)}…`);

const text = z.string().transform(clip);

const Detail = z.record(z.string(), z.union([text, z.number()]));
/** Of a job, or of each source of a pull. */
const ErrorDetail = z.union([Detail, z.array(Detail).max(9)]);

/** A line of the audit log as the page shows it; every text is bounded. */
const StoredRecord = z
  .object({
    time: text,
    trace_id: text,
    action_category: text,
    action_type: text,
    job_id: text.default(""),
    status: text,
    error_code: text,
    error: text,
    denied: z.boolean(),
    decision_reason: text,
    params_summary: z.record(z.string(), z.unknown()).optional(),
  })
  .transform(({ action_category, action_type, decision_reason, params_summary, ...rest }) => {
    const { error_detail, ...params } = params_summary ?? {};
    return {
      ...rest,
      category: action_category,
      action: action_type,
      reason: decision_reason,
      /** What the error is made of, as JSON; that of null if only its text is stored. */
      error_detail: JSON.stringify(ErrorDetail.safeParse(error_detail).data ?? null),
      params: Object.keys(params).length > 0 ? clip(JSON.stringify(params)) : "",
    };
  });

export type AuditRecordView = z.output<typeof StoredRecord>;

const parseRecord = (line: string): AuditRecordView | undefined =>
  StoredRecord.safeParse(attempt(() => JSON.parse(line), undefined)).data;
