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
      for await (const { line, from } of readBackwards(paths, parsePosition(query.before), turns)) {
        const entry = line && toEntry(line, query);
        if (entry) entries.push(entry);
        if (!line || entries.length === PAGE_ENTRIES) return { entries, next: `${from.inode}-${from.offset}` };
      }
      return { entries, next: "" };
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

/** Each line with where it begins, the newest first; once MAX_BYTES have been read, only where to continue. */
async function* readBackwards(
  paths: readonly string[],
  before: Position | undefined,
  turns: Turns,
): AsyncGenerator<{ line?: Buffer; from: Position }> {
  const seen = new Set<number>();
  let isFound = before === undefined;
  let budget = MAX_BYTES;
  for (const path of paths) {
    await using file = await openIfThere(path);
    const stats = await file?.stat();
    if (!file || !stats?.isFile()) continue;
    const { ino: inode, size } = stats;
    isFound ||= inode === before?.inode;
    // A file rotated during this read comes up again under its next name.
    if (!isFound || seen.has(inode)) continue;
    seen.add(inode);
    const end = inode === before?.inode ? Math.min(before.offset, size) : size;
    const start = Math.max(0, end - budget);
    let rest = Buffer.alloc(end - start);
    await file.read(rest, 0, rest.length, start);
    await turns();
    while (rest.length > 0) {
      const lineStart = rest.lastIndexOf(NEWLINE) + 1;
      // The next page reads a line that is cut whole, unless it fills the largest chunk.
      if (lineStart === 0 && start > 0 && rest.length < MAX_BYTES) break;
      const line = rest.subarray(lineStart);
      if (line.length > 0) yield { line, from: { inode, offset: start + lineStart } };
      rest = rest.subarray(0, Math.max(0, lineStart - 1));
    }
    if (start > 0) return yield { from: { inode, offset: start + rest.length } };
    budget -= end;
  }
}

const openIfThere = async (path: string): Promise<FileHandle | undefined> => {
  try {
    // Otherwise opening a pipe would wait for its writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
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
