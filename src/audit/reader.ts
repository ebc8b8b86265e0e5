import { z } from "zod";
import type { AuditEntryView, AuditPageView, AuditQuery, AuditRecordView } from "./entry.ts";
import { type BackLine, type Place, readBack } from "./read-back.ts";

const PAGE = 50;
/** A filter that matches little goes on at the next page: no request reads the whole log. */
const MAX_BYTES = 1024 * 1024;
const MAX_TEXT_CHARS = 500;

export interface AuditReader {
  read(query: AuditQuery): Promise<AuditPageView>;
}

/** Shows the end of the audit log, whatever stands in it. @param keep how many rotated files there may be. */
export const createAuditReader = ({ path, keep }: { path: string; keep: number }): AuditReader => {
  const paths = [path, ...Array.from({ length: keep }, (_, index) => `${path}.${index + 1}`)];
  return {
    async read(query) {
      const entries: AuditEntryView[] = [];
      const end = await readBack({
        paths,
        from: parsePlace(query.before),
        maxBytes: MAX_BYTES,
        take(line) {
          const entry = toEntry(line, query);
          if (entry) entries.push(entry);
          return entries.length < PAGE;
        },
      });
      return { entries, next: end ? `${end.file}-${end.offset}` : "" };
    },
  };
};

const parsePlace = (text: string): Place | undefined => {
  const [, file, offset] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  return file === undefined ? undefined : { file: Number(file), offset: Number(offset) };
};

/** undefined for what was not asked for; nobody can ask for what cannot be read, and it only shows among all. */
const toEntry = ({ text, bytes }: BackLine, { action, outcome }: AuditQuery): AuditEntryView | undefined => {
  // Spares most of the parsing where an action is rare.
  if (action !== "" && text?.includes(JSON.stringify(action)) !== true) return undefined;
  const record = text === undefined ? undefined : parseRecord(text);
  if (!record) return action === "" && outcome === "" ? { kind: "unreadable", bytes } : undefined;
  if (action !== "" && record.action !== action) return undefined;
  if (outcome !== "" && record.denied !== (outcome === "denied")) return undefined;
  return { kind: "record", ...record };
};

const shortText = z.pipe(
  z.string(),
  z.transform((text) => clip(text)),
);

const StoredRecord = z.object({
  time: shortText,
  trace_id: shortText,
  action_category: shortText,
  action_type: z.string(),
  job_id: z._default(shortText, ""),
  status: shortText,
  error_code: shortText,
  error: shortText,
  denied: z.boolean(),
  decision_reason: shortText,
  params_summary: z.optional(z.record(z.string(), z.unknown())),
});

const parseRecord = (text: string): AuditRecordView | undefined => {
  const stored = parseStored(text);
  if (!stored) return undefined;
  const { time, trace_id, job_id, status, error_code, error, denied, params_summary: params } = stored;
  return {
    time,
    trace_id,
    category: stored.action_category,
    action: clip(stored.action_type),
    job_id,
    status,
    error_code,
    error,
    denied,
    reason: stored.decision_reason,
    params: params === undefined ? "" : clip(JSON.stringify(params)),
  };
};

const parseStored = (text: string) => {
  try {
    return StoredRecord.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

const clip = (text: string): string => {
  if (text.length <= MAX_TEXT_CHARS) return text;
  return `${Array.from(text.slice(0, 2 * MAX_TEXT_CHARS))
    .slice(0, MAX_TEXT_CHARS)
    .join("")}…`;
};
