import type { Audit } from "@/audit/audit.ts";
import { cached } from "@/lib/cached.ts";
import type { Clock } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";
import type { Logger } from "@/lib/logger.ts";
import { maskSecretPieces } from "@/lib/secret-shapes.ts";
import type { Locale } from "@/locales/locale.ts";
import { readPluginList } from "./astrbot.ts";
import { type ImportRefusal, previewImport, readPreviewed, type SubmittedDocument } from "./manual-import.ts";
import { type AstrbotConfig, pullProviders, statSource } from "./pull.ts";
import { toReadReport, toSkippedReport } from "./record.ts";
import type { ModelFilter, ModelRepository } from "./repository.ts";
import type { HistoryQuery, ImportBody } from "./schemas.ts";
import {
  createSyncRecorder,
  type Sync,
  type SyncResult,
  toModelSourceView,
  toStoredProviderView,
  toSyncHistoryView,
  toSyncView,
} from "./sync.ts";
import type { HistoryPageView, ModelSourceView, SkippedReport } from "./view.ts";

interface PullRequest {
  traceId: string;
  /** Shown in the audit log only. */
  channel: "api" | "web";
  locale: Locale;
}

/** `astr_provider_empty`, with the rows that could not be used. */
export class EmptyImportError extends AppError {
  constructor(readonly report: SkippedReport) {
    super("astr_provider_empty");
  }
}

interface ModelServiceDeps {
  repository: ModelRepository;
  config: AstrbotConfig;
  audit: Audit;
  clock: Clock;
  logger: Logger;
}

const MODELS_PER_PAGE = 50;
const ALL: ModelFilter = { text: "", capability: "" };

const PULL_AUDIT = {
  api: { type: "pull_astr_models", success: "pull_success", failure: "pull_failed" },
  web: { type: "pull_astr_models_web", success: "web_pull_success", failure: "web_pull_failed" },
} as const;

export const createModelService = ({ repository, config, audit, clock, logger }: ModelServiceDeps) => {
  // Without it an answer to GET /api/v1/models takes 550 µs instead of 270, and the bench misses its goal.
  const stored = cached({ ttlMs: Infinity, clock }, () => {
    const sync = repository.lastSync();
    return { list: repository.list().map(toStoredProviderView), lastSync: sync ? toSyncView(sync) : null };
  });
  const recordSync = createSyncRecorder({ repository, clock, logger });
  const record = (sync: Sync): SyncResult => {
    stored.clear();
    return recordSync(sync);
  };

  const auditSync = (traceId: string, type: string, reason: string, params: Record<string, unknown>) =>
    audit.record({ traceId, category: "model_sync", type, status: "ok", denied: false, reason, params });

  const importParams = ({ imported }: SyncResult) => ({
    source: maskSecretPieces(imported.source),
    provider_count: imported.provider_count,
  });

  return {
    list: () => stored().list,
    lastSync: () => stored().lastSync,

    page({ page: requested, ...filter }: ModelFilter & { page: number }) {
      const matching = repository.count(filter);
      const pages = Math.max(1, Math.ceil(matching / MODELS_PER_PAGE));
      const page = Math.min(Math.max(1, requested), pages);
      const rows = repository.search({ ...filter, limit: MODELS_PER_PAGE, offset: (page - 1) * MODELS_PER_PAGE });
      return { ...filter, models: rows.map(toStoredProviderView), matching, total: repository.count(ALL), page, pages };
    },

    history({ before = Number.MAX_SAFE_INTEGER, limit }: HistoryQuery): HistoryPageView {
      const syncs = repository.syncs({ before, limit: limit + 1 });
      const events = syncs.slice(0, limit).map(toSyncHistoryView);
      return { events, next_before: syncs.length > limit ? (events.at(-1)?.id ?? null) : null };
    },

    /** Compares AstrBot's file with the last sync. */
    sourceState: async (): Promise<ModelSourceView> =>
      toModelSourceView(await statSource(config), repository.lastSync(), repository.has),

    /** @throws EmptyImportError if no row can be used; the stored snapshot stays. */
    async importPushed(body: ImportBody, traceId: string): Promise<SyncResult & { report: SkippedReport }> {
      const list = readPluginList(body.providers, body.using_provider);
      const skipped = toSkippedReport(list.skipped);
      if (list.providers.length === 0) throw new EmptyImportError(skipped);
      const { providers } = list;
      const file = await statSource(config);
      const result = record({ providers, source: body.source, traceId, report: toReadReport(list), file });
      auditSync(traceId, "import_astr_models", "model_import", importParams(result));
      return { ...result, report: skipped };
    },

    /** A failed pull is a value: the stored snapshot stays. */
    async pull({ traceId, channel, locale }: PullRequest) {
      const { type, success, failure } = PULL_AUDIT[channel];
      // Before the file is read: a change in between then counts as changed.
      const file = await statSource(config);
      const pulled = await pullProviders(config, clock, locale);
      const { source_mode, source_used, provider_count, warnings, error_code, error } = pulled.view;
      const report = toSkippedReport(pulled.skipped);
      if (!pulled.ok) {
        audit.record({
          traceId,
          category: "model_sync",
          type,
          status: "failed",
          errorCode: error_code,
          error,
          denied: true,
          reason: failure,
          params: { source_mode, warnings },
        });
        return { ok: false as const, view: pulled.view, imported: null, report, hint: pulled.hint };
      }
      const { providers } = pulled.list;
      const source = `web_pull_${source_used}`;
      const result = record({ providers, source, traceId, report: toReadReport(pulled.list, warnings), file });
      auditSync(traceId, type, success, { source_mode, source_used, provider_count, warnings });
      return { ok: true as const, view: pulled.view, ...result, report };
    },

    previewImport: (submitted: SubmittedDocument | undefined) =>
      previewImport(submitted, { stored: repository.list(), requireEnabled: config.requireEnabled }),

    /** Stores what a preview showed, compared with what is stored by then. */
    async confirmImport(payload: string, traceId: string): Promise<({ kind: "stored" } & SyncResult) | ImportRefusal> {
      const previewed = readPreviewed(payload);
      if ("kind" in previewed) return previewed;
      const result = record({ ...previewed, traceId, file: await statSource(config) });
      auditSync(traceId, "import_astr_models_web", "web_model_import", importParams(result));
      return { kind: "stored", ...result };
    },
  };
};

export type ModelService = ReturnType<typeof createModelService>;
export type ModelPage = ReturnType<ModelService["page"]>;
