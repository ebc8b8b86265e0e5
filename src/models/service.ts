import type { Audit } from "@/audit/audit.ts";
import type { Clock } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { maskSecretPieces } from "@/lib/secret-shapes.ts";
import type { Locale } from "@/locales/locale.ts";
import { EmptyImportError } from "./empty-import-error.ts";
import { createFileWatch } from "./file-watch.ts";
import { createManualImport, type ImportTicket, type ManualImport } from "./manual-import.ts";
import { readPluginList } from "./plugin.ts";
import { type AstrbotConfig, type PullOutcome, pullProviders } from "./pull.ts";
import { describeFailure, toPulledView } from "./pull-view.ts";
import { toSkippedReport } from "./record.ts";
import { createSyncRecorder, type SyncResult } from "./recorder.ts";
import type { ModelFilter, ModelRepository } from "./repository.ts";
import type { ImportBody } from "./schemas.ts";
import type { SourceReader } from "./source.ts";
import { createSourceState } from "./source-state.ts";
import { toStoredProviderView, toSyncHistoryView, toSyncView } from "./stored-view.ts";
import type {
  HistoryPageView,
  ModelPageView,
  ModelSourceView,
  PulledView,
  SkippedReport,
  StoredProviderView,
  SyncView,
} from "./view.ts";

/** Where a pull was asked for: it shows in the audit log only. */
export type PullChannel = "api" | "web";

interface PullRequest {
  traceId: string;
  channel: PullChannel;
  locale: Locale;
}

export type PullResult =
  | ({ ok: true; view: PulledView; report: SkippedReport } & SyncResult)
  /** @property hint what to do next. */
  | { ok: false; view: PulledView; imported: null; report: SkippedReport; hint: string };

export interface ModelService {
  list(): StoredProviderView[];
  /** The models of a page, of those that are wanted. */
  page(request: ModelFilter & { page: number }): ModelPageView;
  lastSync(): SyncView | null;
  history(request: { before?: number | undefined; limit: number }): HistoryPageView;
  /** How the stored models stand to AstrBot's file now. */
  sourceState(): Promise<ModelSourceView>;
  /** @throws EmptyImportError when no row can be used; the stored snapshot stays. */
  importPushed(body: ImportBody, traceId: string): Promise<SyncResult & { report: SkippedReport }>;
  /** A failed pull is a value: the stored snapshot stays. */
  pull(request: PullRequest): Promise<PullResult>;
  previewImport: ManualImport["preview"];
  confirmImport: ManualImport["confirm"];
}

interface ModelServiceDeps {
  repository: ModelRepository;
  source: SourceReader;
  config: AstrbotConfig;
  audit: Audit;
  clock: Clock;
  logger: Logger;
  /** Seals previews of imports by hand. */
  sealKey: Uint8Array;
}

const MODELS_PER_PAGE = 50;

const AUDIT: Record<PullChannel, { type: string; success: string; failure: string }> = {
  api: { type: "pull_astr_models", success: "pull_success", failure: "pull_failed" },
  web: { type: "pull_astr_models_web", success: "web_pull_success", failure: "web_pull_failed" },
};

export const createModelService = (deps: ModelServiceDeps): ModelService => {
  const { repository, source, config, audit, clock, logger, sealKey } = deps;
  const watch = createFileWatch(config);
  const record = createSyncRecorder({ repository, clock, logger });
  const manual = createManualImport({ repository, record, watch, requireEnabled: config.requireEnabled, sealKey });

  const auditImport = (type: string, reason: string, traceId: string, { imported }: SyncResult) =>
    audit.record({
      traceId,
      category: "model_sync",
      type,
      status: "ok",
      denied: false,
      reason,
      params: { source: maskSecretPieces(imported.source), provider_count: imported.provider_count },
    });

  const succeed = (
    outcome: Extract<PullOutcome, { ok: true }>,
    { traceId, channel }: PullRequest,
    seenFile: Parameters<typeof record>[0]["seenFile"],
  ): PullResult => {
    const report = toSkippedReport(outcome.skipped);
    const result = record({
      providers: outcome.providers,
      source: `web_pull_${outcome.source}`,
      traceId,
      warnings: outcome.warnings,
      report,
      defaultProviderId: outcome.defaultProvider?.providerId ?? "",
      seenFile,
    });
    const view = toPulledView(outcome, config.pullMode, "");
    const { source_mode, source_used, provider_count, warnings } = view;
    audit.record({
      traceId,
      category: "model_sync",
      type: AUDIT[channel].type,
      status: "ok",
      denied: false,
      reason: AUDIT[channel].success,
      params: { source_mode, source_used, provider_count, warnings },
    });
    return { ok: true, view, ...result, report };
  };

  const fail = (
    outcome: Extract<PullOutcome, { ok: false }>,
    { traceId, channel, locale }: PullRequest,
  ): PullResult => {
    const { error, hint } = describeFailure(outcome, locale);
    const view = toPulledView(outcome, config.pullMode, error);
    audit.record({
      traceId,
      category: "model_sync",
      type: AUDIT[channel].type,
      status: "failed",
      errorCode: outcome.code,
      error,
      denied: true,
      reason: AUDIT[channel].failure,
      params: { source_mode: view.source_mode, warnings: view.warnings },
    });
    const skipped = outcome.failures.flatMap((failure) => failure.skipped);
    return { ok: false, view, imported: null, report: toSkippedReport(skipped), hint };
  };

  const list = () => repository.list().map(toStoredProviderView);
  const lastSync = () => {
    const sync = repository.lastSync();
    return sync ? toSyncView(sync) : null;
  };

  return {
    list,

    page({ page: asked, ...wanted }) {
      const matching = repository.count(wanted);
      const pages = Math.max(1, Math.ceil(matching / MODELS_PER_PAGE));
      const page = Math.min(Math.max(1, asked), pages);
      const found = repository.search({ ...wanted, limit: MODELS_PER_PAGE, offset: (page - 1) * MODELS_PER_PAGE });
      const models = found.map(toStoredProviderView);
      return { ...wanted, models, matching, total: repository.count({ text: "", capability: "" }), page, pages };
    },

    lastSync,

    history({ before = Number.MAX_SAFE_INTEGER, limit }) {
      const syncs = repository.syncs({ before, limit: limit + 1 });
      const events = syncs.slice(0, limit).map(toSyncHistoryView);
      return { events, next_before: syncs.length > limit ? (events.at(-1)?.id ?? null) : null };
    },

    sourceState: createSourceState({ repository, watch }),

    async importPushed(body, traceId) {
      const { providers, skipped, defaultProvider } = readPluginList(body.providers, body.using_provider);
      const report = toSkippedReport(skipped);
      if (providers.length === 0) throw new EmptyImportError(report);
      const result = record({
        providers,
        source: body.source,
        traceId,
        warnings: [],
        report,
        defaultProviderId: defaultProvider?.providerId ?? "",
        seenFile: await watch.look(),
      });
      auditImport("import_astr_models", "model_import", traceId, result);
      return { ...result, report };
    },

    async pull(request) {
      // Before it is read: what changes meanwhile then counts as changed.
      const seenFile = await watch.look();
      const outcome = await pullProviders(source, config);
      return outcome.ok ? succeed(outcome, request, seenFile) : fail(outcome, request);
    },

    previewImport: manual.preview,

    async confirmImport(ticket: ImportTicket, traceId) {
      const outcome = await manual.confirm(ticket, traceId);
      if (outcome.kind === "stored") auditImport("import_astr_models_web", "web_model_import", traceId, outcome.result);
      return outcome;
    },
  };
};
