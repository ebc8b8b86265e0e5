import { z } from "zod";
import { printableJson } from "@/lib/text.ts";
import { readCmdConfig } from "./astrbot.ts";
import { compareProviders } from "./changes.ts";
import type { FileWatch } from "./file-watch.ts";
import { readPluginExport } from "./plugin.ts";
import { isObject, type ProviderRecord, toSkippedReport } from "./record.ts";
import type { SyncRecorder, SyncResult } from "./recorder.ts";
import type { ModelRepository } from "./repository.ts";
import { MAX_FILE_BYTES, parseDocument } from "./source.ts";
import type { ChangesView, ModelSourceView, SkippedReport, SkippedView, SourceFault } from "./view.ts";

/** How the document came: it names the source of the sync. */
export type ImportWay = "file" | "text";

export type ImportFault =
  | Extract<SourceFault, "empty" | "not_json" | "too_large" | "wrong_shape" | "no_provider">
  /** Nothing handed in. */
  | "nothing_given"
  /** More than a form can carry back. */
  | "too_many"
  /** The confirmation is not of a preview that this process showed. */
  | "expired";

export interface ImportRefusal {
  kind: "refused";
  fault: ImportFault;
  /** The key of a wrong shape; else "". */
  detail: string;
  report: SkippedReport;
}

/** What goes into the form and comes back from it: exactly what was shown, under a seal. */
export interface ImportTicket {
  payload: string;
  seal: string;
}

export interface ImportPreview {
  kind: "preview";
  providerCount: number;
  changes: ChangesView;
  report: SkippedReport;
  /** AstrBot's default provider, when the document names one. */
  defaultProvider: ModelSourceView["default_provider"];
  ticket: ImportTicket;
  /** The stored models have changed since an earlier preview of the same. */
  outdated: boolean;
}

export interface ManualImport {
  preview(bytes: Uint8Array, way: ImportWay): ImportPreview | ImportRefusal;
  /** Stores what was previewed, unless other models were stored meanwhile: then there is a new preview to look at. */
  confirm(
    ticket: ImportTicket,
    traceId: string,
  ): Promise<{ kind: "stored"; result: SyncResult } | ImportPreview | ImportRefusal>;
}

interface ManualImportDeps {
  repository: Pick<ModelRepository, "list" | "lastSync">;
  record: SyncRecorder;
  watch: FileWatch;
  requireEnabled: boolean;
  /** Secret of this process: a preview does not outlive it. */
  sealKey: Uint8Array;
}

const Payload = z.object({
  way: z.enum(["file", "text"]),
  /** The last sync when it was previewed. */
  base: z.number(),
  defaultProviderId: z.string(),
  warnings: z.array(z.string()),
  skippedCount: z.number(),
  skipped: z.array(z.unknown()),
  rows: z.array(
    z.tuple([z.string(), z.string(), z.string(), z.string(), z.string(), z.string(), z.boolean(), z.boolean()]),
  ),
});
type Payload = z.infer<typeof Payload>;

/** Import by hand, in two steps that keep nothing on the server between them. */
export const createManualImport = (deps: ManualImportDeps): ManualImport => {
  const { repository, record, watch, requireEnabled, sealKey } = deps;

  const sealOf = (payload: string): Buffer => new Bun.CryptoHasher("sha256", sealKey).update(payload).digest();
  const currentBase = () => repository.lastSync()?.id ?? 0;

  const show = (content: Payload, outdated: boolean): ImportPreview | ImportRefusal => {
    const payload = printableJson({ ...content, base: currentBase() } satisfies Payload);
    const report = reportOf(content);
    if (Buffer.byteLength(payload) > MAX_FILE_BYTES) return refused("too_many", "", report);
    return {
      kind: "preview",
      providerCount: content.rows.length,
      changes: compareProviders(repository.list(), content.rows.map(fromRow)),
      report,
      defaultProvider:
        content.defaultProviderId === ""
          ? null
          : {
              provider_id: content.defaultProviderId,
              exists: content.rows.some(([id]) => id === content.defaultProviderId),
            },
      ticket: { payload, seal: sealOf(payload).toString("base64url") },
      outdated,
    };
  };

  return {
    preview(bytes, way) {
      if (bytes.length > MAX_FILE_BYTES) return refused("too_large");
      const document = parseDocument(bytes, { replaceBadBytes: true });
      if (document.kind === "broken") return refused(document.fault === "empty" ? "empty" : "not_json");
      const isConfig = looksLikeConfig(document.value);
      const read = isConfig ? readCmdConfig(document.value, { requireEnabled }) : readPluginExport(document.value);
      if (read.kind === "wrong_shape") return refused("wrong_shape", read.at);
      const report = toSkippedReport(read.skipped);
      if (read.providers.length === 0) return refused("no_provider", "", report);
      const content: Payload = {
        way,
        base: 0,
        defaultProviderId: read.defaultProvider?.providerId ?? "",
        warnings: isConfig && requireEnabled ? ["only_enabled_provider=true"] : [],
        skippedCount: report.skipped_count,
        skipped: report.skipped,
        rows: read.providers.map(toRow),
      };
      return show(content, false);
    },

    async confirm({ payload, seal }, traceId) {
      const given = Buffer.from(seal, "base64url");
      const expected = sealOf(payload);
      if (given.length !== expected.length || !crypto.timingSafeEqual(given, expected)) return refused("expired");
      const content = Payload.parse(JSON.parse(payload));
      const seenFile = await watch.look();
      if (content.base !== currentBase()) return show(content, true);
      const result = record({
        providers: content.rows.map(fromRow),
        source: `web_import_${content.way}`,
        traceId,
        warnings: content.warnings,
        report: reportOf(content),
        defaultProviderId: content.defaultProviderId,
        seenFile,
      });
      return { kind: "stored", result };
    },
  };
};

/** By shape: the plugin's export and its pushed body have `providers` instead. */
const looksLikeConfig = (json: unknown): boolean =>
  isObject(json) && ["provider", "llm", "provider_sources"].some((key) => Object.hasOwn(json, key));

const NO_REPORT: SkippedReport = { skipped_count: 0, skipped: [] };

const refused = (fault: ImportFault, detail = "", report = NO_REPORT): ImportRefusal => ({
  kind: "refused",
  fault,
  detail,
  report,
});

/** Without the names of the fields, thousands of providers still fit into a form. */
const toRow = (record: ProviderRecord): Payload["rows"][number] => [
  record.providerId,
  record.model,
  record.providerType,
  record.baseUrl,
  record.capability,
  record.vendor,
  record.enabled,
  record.isDefault,
];

const fromRow = (row: Payload["rows"][number]): ProviderRecord => {
  const [providerId, model, providerType, baseUrl, capability, vendor, enabled, isDefault] = row;
  // Sealed by us, so it is one of ours.
  const known = capability as ProviderRecord["capability"];
  return { providerId, model, providerType, baseUrl, capability: known, vendor, enabled, isDefault };
};

const reportOf = ({ skippedCount, skipped }: Payload): SkippedReport => ({
  skipped_count: skippedCount,
  skipped: skipped as SkippedView[],
});
