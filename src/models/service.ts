import type { Audit, AuditEvent } from "@/audit/audit.ts";
import { readBounded } from "@/lib/bounded.ts";
import { cached } from "@/lib/cached.ts";
import { toTimestamp } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import type { Logger } from "@/lib/logger.ts";
import type { RetryWhileLocked } from "@/lib/retry.ts";
import { maskKeysInName } from "@/lib/secret-shapes.ts";
import type { Locale } from "@/locales/translate.ts";
import { readPluginList } from "./astrbot/config.ts";
import { toReadReport, toSkippedReport } from "./astrbot/record.ts";
import type { Capability } from "./capability.ts";
import { previewImport, readPreviewed, type SubmittedDocument } from "./manual-import.ts";
import { createModelSources, type SourceDeps, type SourceStat } from "./pull.ts";
import type { ModelRepository, StoredSync } from "./repository.ts";
import type { HistoryQuery, ImportBody } from "./schemas.ts";
import { diffProviders, isChange, type SyncDetail, toModelSourceView, toSyncHistoryView, toSyncView } from "./sync.ts";
import type {
  HistoryPageView,
  ModelSourceView,
  ProviderDetailView,
  ReadReport,
  SkippedReport,
  StoredProviderView,
  SyncView,
} from "./view.ts";
import { maskWarning } from "./warnings.ts";

interface Sync {
  providers: readonly ProviderDetailView[];
  source: string;
  report: ReadReport;
  /** AstrBot's file, or its API's list, as it was before the sync. */
  file: SourceStat["file"];
}

type SyncAudit = Pick<AuditEvent, "traceId" | "type" | "reason" | "params">;

/** `astr_provider_empty`, with the rows that could not be used. */
export class EmptyImportError extends AppError {
  constructor(readonly report: SkippedReport) {
    super("astr_provider_empty");
  }
}

interface ModelServiceDeps extends SourceDeps {
  repository: ModelRepository;
  audit: Audit;
  retryWhileLocked: RetryWhileLocked;
  logger: Logger;
}

export interface ModelsView {
  models: StoredProviderView[];
  last_sync: SyncView | null;
}

const MAX_LOGGED = 20;
const MODELS_PER_PAGE = 50;
/** Of one page of the history, which then has fewer syncs than requested. */
const MAX_HISTORY_CHARS = 2 * 1024 * 1024;
const SEARCHED = ["provider_id", "model", "provider_type", "base_url", "capability", "vendor"] as const;

/** The channel of a pull is shown in the audit log only. */
const PULL_AUDIT = {
  api: { type: "pull_astr_models", success: "pull_success", failure: "pull_failed" },
  web: { type: "pull_astr_models_web", success: "web_pull_success", failure: "web_pull_failed" },
} as const;

export const createModelService = (deps: ModelServiceDeps) => {
  const { repository, config, audit, retryWhileLocked, turns, clock, logger } = deps;
  const sources = createModelSources(deps);
  // Without it an answer to GET /api/v1/models takes 550 µs instead of 270, and the bench misses its goal.
  // The predecessor's addresses are reduced as they are read, which a page must not wait for each time.
  const stored = cached({ ttlMs: Infinity, clock }, () => {
    const sync = repository.lastSync();
    const list = repository.list();
    const lastSync = sync ? toSyncView(sync) : null;
    const json = Buffer.from(JSON.stringify({ models: list, last_sync: lastSync } satisfies ModelsView));
    return { list, sync, lastSync, json };
  });

  const auditSync = (event: SyncAudit, failure?: Pick<AuditEvent, "errorCode" | "error">) => {
    const denied = failure !== undefined;
    audit.record({ ...event, category: "model_sync", status: denied ? "failed" : "ok", denied, ...failure });
  };

  /** The end of every import: replaces what is stored if it differs, and records the sync. */
  const record = async ({ providers, source, report, file }: Sync, event: SyncAudit) => {
    const { traceId: trace_id } = event;
    await turns();
    // After an import it is read anew, in a turn of its own.
    stored();
    await turns();
    const provider_count = providers.length;
    const { imported, changed, changes } = await retryWhileLocked(() => {
      const changes = diffProviders(stored().list, providers);
      const changed = isChange(changes);
      const detail = JSON.stringify({ ...report, changes, file } satisfies SyncDetail);
      const imported: SyncView = { imported_at: toTimestamp(clock.now()), source, provider_count, trace_id };
      stored.clear();
      repository.addSync({ ...imported, changed, detail }, changed ? providers : undefined);
      return { imported, changed, changes };
    });
    await turns();
    logger.info(
      {
        trace_id,
        source: maskKeysInName(source),
        provider_count,
        added: loggedNames(changes.added),
        removed: loggedNames(changes.removed),
        changed: loggedNames(changes.changed),
        skipped: loggedNames(report.skipped),
        skipped_count: report.skipped_count,
      },
      "models synced",
    );
    auditSync({ params: { source: maskKeysInName(source), provider_count }, ...event });
    return { imported, changed, changes };
  };

  return {
    list: () => stored().list,
    /** A `ModelsView` as JSON. */
    json: () => stored().json,
    lastSync: () => stored().lastSync,

    /** @param filter `text` is part of any of a model's texts, whatever the case; "" finds all. */
    page({ page: requested, ...filter }: { text: string; capability: Capability | ""; page: number }) {
      const { list } = stored();
      const text = filter.text.toLowerCase();
      const matching = list.filter(
        (model) =>
          (filter.capability === "" || model.capability === filter.capability) &&
          SEARCHED.some((field) => model[field].toLowerCase().includes(text)),
      );
      // Stable, so the rest stays in order.
      matching.sort((one, other) => Number(other.is_default) - Number(one.is_default));
      const pages = Math.max(1, Math.ceil(matching.length / MODELS_PER_PAGE));
      const page = Math.min(Math.max(1, requested), pages);
      const models = matching.slice((page - 1) * MODELS_PER_PAGE, page * MODELS_PER_PAGE);
      return { ...filter, models, matching: matching.length, total: list.length, page, pages };
    },

    history({ before = Number.MAX_SAFE_INTEGER, limit }: HistoryQuery): HistoryPageView {
      const bounds = { limit, maxChars: MAX_HISTORY_CHARS, charsOf: (sync: StoredSync) => sync.detail?.length ?? 0 };
      const { rows, hasMore } = readBounded(bounds, (last, limit) =>
        repository.syncs({ before: last?.id ?? before, limit }),
      );
      return { events: rows.map(toSyncHistoryView), next_before: hasMore ? (rows.at(-1)?.id ?? null) : null };
    },

    /** Compares AstrBot's file, or what its API lists, with the last sync. */
    async sourceState(): Promise<ModelSourceView> {
      const stat = await sources.stat();
      await turns();
      const { sync, list } = stored();
      return toModelSourceView(stat, sync, list);
    },

    /** @throws EmptyImportError if no row can be used; the stored snapshot stays. */
    async importPushed(body: ImportBody, traceId: string) {
      const list = readPluginList(body.providers, body.using_provider);
      await turns();
      const skipped = toSkippedReport(list.skipped);
      const { providers, warnings } = list;
      if (providers.length === 0) throw new EmptyImportError(skipped);
      const { file } = await sources.stat();
      const sync = { providers, source: body.source, report: toReadReport(list), file };
      const result = await record(sync, { traceId, type: "import_astr_models", reason: "model_import" });
      return { ...result, report: { ...skipped, warnings } };
    },

    /** A failed pull is a value: the stored snapshot stays. */
    async pull({ traceId, channel, locale }: { traceId: string; channel: "api" | "web"; locale: Locale }) {
      const { type, success, failure } = PULL_AUDIT[channel];
      const pulled = await sources.pull(locale);
      const { view } = pulled;
      const { source_mode, source_used, provider_count, warnings, error_code: errorCode, error } = view;
      const report = toSkippedReport(pulled.skipped);
      if (pulled.kind === "failed") {
        const params = { source_mode, warnings, error_detail: pulled.details };
        auditSync({ traceId, type, reason: failure, params }, { errorCode, error });
        return { ok: false as const, view, imported: null, report, hint: pulled.hint };
      }
      const params = {
        source_mode,
        source_used,
        provider_count,
        warnings: warnings.slice(0, MAX_LOGGED).map(maskWarning),
      };
      const sync = { ...pulled, source: `web_pull_${source_used}` };
      const result = await record(sync, { traceId, type, reason: success, params });
      return { ok: true as const, view, ...result, report };
    },

    previewImport: (submitted: SubmittedDocument | undefined) =>
      previewImport(submitted, { stored: () => stored().list, requireEnabled: config.requireEnabled, turns }),

    /** Stores what a preview showed, compared with what is stored by then. */
    async confirmImport(payload: string, traceId: string) {
      const previewed = await readPreviewed(payload, turns);
      if ("kind" in previewed) return previewed;
      const { file } = await sources.stat();
      const event = { traceId, type: "import_astr_models_web", reason: "web_model_import" };
      const result = await record({ ...previewed, file }, event);
      return { kind: "stored" as const, ...result };
    },
  };
};

/** Masked, since a key may have been entered in place of an id. */
const loggedNames = (rows: readonly { provider_id: string }[]): string[] =>
  rows.slice(0, MAX_LOGGED).map((row) => maskKeysInName(row.provider_id));

export type ModelService = ReturnType<typeof createModelService>;
export type ModelPage = ReturnType<ModelService["page"]>;
