import { z } from "zod";
import type { ChangesView, SkippedReport } from "./view.ts";

/** What `sync_events.detail` holds, as JSON. */
export interface SyncDetail extends SkippedReport {
  changes: ChangesView;
  warnings: string[];
  default_provider_id: string;
  /** The file that a pull would have taken, as it was when the sync began; null when there was none. */
  file: { source: string; modified_ms: number; size: number } | null;
}

const ref = z.object({ provider_id: z.string(), model: z.string() });
const fields = z.record(z.string(), z.union([z.string(), z.boolean()]));

const StoredDetail = z.object({
  changes: z.object({
    added_count: z.number(),
    removed_count: z.number(),
    changed_count: z.number(),
    added: z.array(ref),
    removed: z.array(ref),
    changed: z.array(z.object({ provider_id: z.string(), before: fields, after: fields })),
  }),
  warnings: z.array(z.string()),
  skipped_count: z.number(),
  skipped: z.array(z.object({ index: z.number(), provider_id: z.string(), reason: z.string(), field: z.string() })),
  default_provider_id: z.string(),
  file: z.nullable(z.object({ source: z.string(), modified_ms: z.number(), size: z.number() })),
});

/** @returns null for a sync of the predecessor, and for what someone else wrote there. */
export const parseDetail = (text: string | null): SyncDetail | null => {
  if (text === null) return null;
  try {
    const parsed = StoredDetail.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data as SyncDetail) : null;
  } catch {
    return null;
  }
};
