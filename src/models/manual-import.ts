import { z } from "zod";
import { printableJson } from "@/lib/text.ts";
import { readCmdConfig } from "./astrbot.ts";
import { diffProviders } from "./diff.ts";
import { readPluginExport } from "./plugin.ts";
import { ONLY_ENABLED } from "./pull.ts";
import {
  isObject,
  MAX_NAME_LENGTH,
  MAX_SKIPPED_NAMED,
  markDefault,
  type ProviderRecord,
  toProviderDetailView,
  toRecord,
  toSkippedReport,
} from "./record.ts";
import { MAX_FILE_BYTES, parseDocument } from "./source.ts";
import type { Sync } from "./sync.ts";
import {
  Capability,
  type ChangesView,
  type ModelSourceView,
  ProviderDetailView,
  type SkippedReport,
  SkippedView,
  type SourceFault,
} from "./view.ts";

export interface SubmittedDocument {
  bytes: Uint8Array;
  /** Part of the sync's source name. */
  method: "file" | "text";
}

export type ImportFault =
  | Extract<SourceFault, "empty" | "not_json" | "too_large" | "wrong_shape" | "no_provider">
  | "nothing_submitted"
  /** More than a form can carry back. */
  | "too_many"
  /** The confirmed form is not one that a preview page contains. */
  | "invalid_preview";

export interface ImportRefusal {
  kind: "refused";
  fault: ImportFault;
  /** The key of a wrong shape; else "". */
  detail: string;
  report: SkippedReport;
}

export interface ImportPreview {
  kind: "preview";
  providerCount: number;
  changes: ChangesView;
  report: SkippedReport;
  /** AstrBot's default provider, if the document names one. */
  defaultProvider: ModelSourceView["default_provider"];
  /** What was read, for the form that confirms it. Never the document itself, which contains keys. */
  payload: string;
}

const Payload = z.object({
  method: z.enum(["file", "text"]),
  default_provider_id: z.string().max(MAX_NAME_LENGTH),
  warnings: z.array(z.literal(ONLY_ENABLED)).max(1),
  skipped_count: z.int(),
  skipped: z.array(SkippedView.extend({ provider_id: z.string().max(MAX_NAME_LENGTH) })).max(MAX_SKIPPED_NAMED),
  providers: z.array(ProviderDetailView.extend({ capability: Capability })).min(1),
});
type Payload = z.infer<typeof Payload>;

/** Reads a document and shows what it would change. The page keeps the result until it is confirmed. */
export const previewImport = (
  submitted: SubmittedDocument | undefined,
  { stored, requireEnabled }: { stored: Parameters<typeof diffProviders>[0]; requireEnabled: boolean },
): ImportPreview | ImportRefusal => {
  if (!submitted) return refused("nothing_submitted");
  const { bytes, method } = submitted;
  if (bytes.length > MAX_FILE_BYTES) return refused("too_large");
  const document = parseDocument(bytes, { replaceBadBytes: true });
  if (document.kind === "broken") return refused(document.fault === "empty" ? "empty" : "not_json");
  const isConfig = looksLikeConfig(document.value);
  const read = isConfig ? readCmdConfig(document.value, { requireEnabled }) : readPluginExport(document.value);
  if (read.kind === "wrong_shape") return refused("wrong_shape", read.at);
  const { providers, defaultProvider, skipped } = read;
  const report = toSkippedReport(skipped);
  if (providers.length === 0) return refused("no_provider", "", report);

  const defaultId = defaultProvider?.providerId ?? "";
  const payload = printableJson({
    method,
    default_provider_id: defaultId,
    warnings: isConfig && requireEnabled ? [ONLY_ENABLED] : [],
    ...report,
    providers: providers.map(toProviderDetailView),
  } satisfies Payload);
  if (Buffer.byteLength(payload) > MAX_FILE_BYTES) return refused("too_many", "", report);
  return {
    kind: "preview",
    providerCount: providers.length,
    changes: diffProviders(stored, providers),
    report,
    defaultProvider: defaultProvider && {
      provider_id: defaultId,
      exists: providers.some(({ providerId }) => providerId === defaultId),
    },
    payload,
  };
};

/** Reads what a preview's form sends back. It may have been altered, so its rows are checked like a document's. */
export const readPreviewed = (payload: string): Omit<Sync, "traceId" | "file"> | ImportRefusal => {
  const content = parsePayload(payload);
  if (!content) return refused("invalid_preview");
  const { method, warnings, default_provider_id, skipped_count, skipped } = content;
  const providers: ProviderRecord[] = [];
  for (const row of content.providers) {
    const outcome = toRecord({ ...row, id: row.provider_id }, { needsModel: row.capability === "chat" });
    if ("skipped" in outcome) return refused("invalid_preview");
    providers.push(outcome.record);
  }
  return {
    providers: markDefault(providers, default_provider_id),
    source: `web_import_${method}`,
    warnings,
    report: { skipped_count, skipped },
    defaultProviderId: default_provider_id,
  };
};

const parsePayload = (text: string): Payload | undefined => {
  try {
    return Payload.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

/** By shape: the plugin's export and its pushed body have `providers` instead. */
const looksLikeConfig = (json: unknown): boolean =>
  isObject(json) && ["provider", "llm", "provider_sources"].some((key) => Object.hasOwn(json, key));

const refused = (fault: ImportFault, detail = "", report = toSkippedReport([])): ImportRefusal => ({
  kind: "refused",
  fault,
  detail,
  report,
});
