import { attempt } from "@/lib/errors.ts";
import { parseJson } from "@/lib/json.ts";
import { printableJson } from "@/lib/text.ts";
import type { Turns } from "@/lib/turns.ts";
import { readCmdConfig, readPluginExport } from "./astrbot/config.ts";
import { isObject, markDefault, toReadReport, toRecord, toSkippedReport } from "./astrbot/record.ts";
import { parseDocument } from "./astrbot/source.ts";
import { diffProviders } from "./sync.ts";
import { PreviewPayload, type ProviderDetailView } from "./view.ts";
import { ONLY_ENABLED } from "./warnings.ts";

export interface SubmittedDocument {
  bytes: Uint8Array;
  /** Part of the sync's source name. */
  method: "file" | "text";
}

/** Reads a document and shows what it would change. */
export const previewImport = async (
  submitted: SubmittedDocument | undefined,
  {
    stored,
    requireEnabled,
    turns,
  }: { stored: () => readonly ProviderDetailView[]; requireEnabled: boolean; turns: Turns },
) => {
  if (!submitted) return refused("nothing_submitted");
  const { bytes, method } = submitted;
  await turns();
  const document = parseDocument(bytes);
  if (document.kind !== "json") {
    const { fault } = document;
    return refused(fault === "empty" || fault === "too_large" ? fault : "not_json");
  }
  await turns();
  const isConfig = looksLikeConfig(document.value);
  const read = isConfig ? readCmdConfig(document.value, { requireEnabled }) : readPluginExport(document.value);
  if (read.kind === "wrong_shape") return refused("wrong_shape", { detail: read.at });
  const { providers } = read;
  const report = toReadReport(read, isConfig && requireEnabled ? [ONLY_ENABLED] : []);
  if (providers.length === 0) return refused("no_provider", { report });

  await turns();
  const payload = printableJson({ method, ...report, providers });
  await turns();
  const provider_id = report.default_provider_id;
  const exists = providers.some((provider) => provider.provider_id === provider_id);
  return {
    kind: "preview" as const,
    providerCount: providers.length,
    changes: diffProviders(stored(), providers),
    report,
    defaultProvider: provider_id === "" ? null : { provider_id, exists },
    /** What was read, for the form that confirms it. Never the document itself, which contains keys. */
    payload,
  };
};

/** Reads what a preview's form sends back. It may have been altered, so its rows are checked like a document's. */
export const readPreviewed = async (payload: string, turns: Turns) => {
  const json = attempt(() => parseJson(payload), undefined);
  await turns();
  const content = PreviewPayload.safeParse(json).data;
  if (!content) return refused("invalid_preview");
  await turns();
  const { method, providers: rows, ...report } = content;
  const providers: ProviderDetailView[] = [];
  for (const row of rows) {
    const outcome = toRecord({ ...row, id: row.provider_id }, { needsModel: row.capability === "chat" });
    if ("skipped" in outcome) return refused("invalid_preview");
    providers.push(outcome.record);
  }
  return { providers: markDefault(providers, report.default_provider_id), source: `web_import_${method}`, report };
};

export type ImportPreview = Extract<Awaited<ReturnType<typeof previewImport>>, { kind: "preview" }>;
export type ImportRefusal = Extract<
  Awaited<ReturnType<typeof previewImport | typeof readPreviewed>>,
  { kind: "refused" }
>;

/** By shape: the plugin's export and its pushed body have `providers` instead. */
const looksLikeConfig = (json: unknown): boolean =>
  isObject(json) && ["provider", "llm", "provider_sources"].some((key) => Object.hasOwn(json, key));

/** @param detail the key of a wrong shape. */
const refused = <Fault extends string>(fault: Fault, { detail = "", report = toSkippedReport([]) } = {}) => ({
  kind: "refused" as const,
  fault,
  detail,
  report,
});
