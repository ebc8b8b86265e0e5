import { z } from "zod";
import { printableJson } from "@/lib/text.ts";
import { readCmdConfig, readPluginExport } from "./astrbot.ts";
import { diffProviders } from "./diff.ts";
import { ONLY_ENABLED } from "./pull.ts";
import {
  isObject,
  MAX_NAME_LENGTH,
  MAX_SKIPPED_NAMED,
  markDefault,
  type ProviderRecord,
  type StoredProvider,
  toProviderDetailView,
  toReadReport,
  toRecord,
  toSkippedReport,
} from "./record.ts";
import { MAX_FILE_BYTES, parseDocument } from "./source.ts";
import type { Sync } from "./sync.ts";
import { Capability, ProviderDetailView, ReadReport, SkippedView } from "./view.ts";

export interface SubmittedDocument {
  bytes: Uint8Array;
  /** Part of the sync's source name. */
  method: "file" | "text";
}

export type ImportRefusal = ReturnType<typeof refused>;
export type ImportPreview = Extract<ReturnType<typeof previewImport>, { kind: "preview" }>;

const name = z.string().max(MAX_NAME_LENGTH);
const Payload = ReadReport.extend({
  method: z.enum(["file", "text"]),
  default_provider_id: name,
  warnings: z.array(z.literal(ONLY_ENABLED)).max(1),
  skipped: z.array(SkippedView.extend({ provider_id: name })).max(MAX_SKIPPED_NAMED),
  providers: z.array(ProviderDetailView.extend({ capability: Capability })).min(1),
});

/** Reads a document and shows what it would change. */
export const previewImport = (
  submitted: SubmittedDocument | undefined,
  { stored, requireEnabled }: { stored: readonly StoredProvider[]; requireEnabled: boolean },
) => {
  if (!submitted) return refused("nothing_submitted");
  const { bytes, method } = submitted;
  const document = parseDocument(bytes, { replaceBadBytes: true });
  if (document.kind === "broken") return refused(document.fault === "not_text" ? "not_json" : document.fault);
  const isConfig = looksLikeConfig(document.value);
  const read = isConfig ? readCmdConfig(document.value, { requireEnabled }) : readPluginExport(document.value);
  if (read.kind === "wrong_shape") return refused("wrong_shape", { detail: read.at });
  const { providers, skipped } = read;
  const report = toSkippedReport(skipped);
  if (providers.length === 0) return refused("no_provider", { report });

  const { default_provider_id, ...rest } = toReadReport(read, isConfig && requireEnabled ? [ONLY_ENABLED] : []);
  const rows = providers.map(toProviderDetailView);
  const payload = printableJson({ method, default_provider_id, ...rest, providers: rows });
  if (Buffer.byteLength(payload) > MAX_FILE_BYTES) return refused("too_many", { report });
  return {
    kind: "preview" as const,
    providerCount: providers.length,
    changes: diffProviders(stored, providers),
    report,
    defaultProvider: read.defaultProvider && {
      provider_id: default_provider_id,
      exists: rows.some(({ provider_id }) => provider_id === default_provider_id),
    },
    /** What was read, for the form that confirms it. Never the document itself, which contains keys. */
    payload,
  };
};

/** Reads what a preview's form sends back. It may have been altered, so its rows are checked like a document's. */
export const readPreviewed = (payload: string): Pick<Sync, "providers" | "source" | "report"> | ImportRefusal => {
  const content = parsePayload(payload);
  if (!content) return refused("invalid_preview");
  const { method, providers: rows, ...report } = content;
  const providers: ProviderRecord[] = [];
  for (const row of rows) {
    const outcome = toRecord({ ...row, id: row.provider_id }, { needsModel: row.capability === "chat" });
    if ("skipped" in outcome) return refused("invalid_preview");
    providers.push(outcome.record);
  }
  return { providers: markDefault(providers, report.default_provider_id), source: `web_import_${method}`, report };
};

const parsePayload = (text: string) => {
  try {
    return Payload.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** By shape: the plugin's export and its pushed body have `providers` instead. */
const looksLikeConfig = (json: unknown): boolean =>
  isObject(json) && ["provider", "llm", "provider_sources"].some((key) => Object.hasOwn(json, key));

type ImportFault =
  | "nothing_submitted"
  | "empty"
  | "not_json"
  | "too_large"
  | "wrong_shape"
  | "no_provider"
  /** More than a form can carry back. */
  | "too_many"
  /** The confirmed form is not one that a preview page contains. */
  | "invalid_preview";

/** @param detail the key of a wrong shape. */
const refused = (fault: ImportFault, { detail = "", report = toSkippedReport([]) } = {}) => ({
  kind: "refused" as const,
  fault,
  detail,
  report,
});
