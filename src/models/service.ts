import type { Audit } from "@/audit/audit.ts";
import { type Clock, toTimestamp } from "@/clock.ts";
import type { Locale } from "@/i18n/locale.ts";
import { EmptyImportError } from "./empty-import-error.ts";
import { readPluginRows } from "./plugin.ts";
import { type AstrbotConfig, type PullOutcome, pullProviders } from "./pull.ts";
import { describeFailure, toPulledView } from "./pull-view.ts";
import { type ProviderRecord, toSkippedReport } from "./record.ts";
import { type ModelRepository, toStoredProviderView, toSyncView } from "./repository.ts";
import type { ImportBody } from "./schemas.ts";
import type { SourceReader } from "./source.ts";
import type { PulledView, SkippedReport, StoredProviderView, SyncView } from "./view.ts";

/** Where a pull was asked for: it shows in the audit log only. */
export type PullChannel = "api" | "web";

interface PullRequest {
  traceId: string;
  channel: PullChannel;
  locale: Locale;
}

export type PullResult =
  | { ok: true; view: PulledView; imported: SyncView; report: SkippedReport }
  /** @property hint what to do next. */
  | { ok: false; view: PulledView; imported: null; report: SkippedReport; hint: string };

export interface ModelService {
  list(): StoredProviderView[];
  lastSync(): SyncView | null;
  /** @throws EmptyImportError when no row can be used; the stored snapshot stays. */
  importPushed(body: ImportBody, traceId: string): { imported: SyncView; report: SkippedReport };
  /** A failed pull is a value: the stored snapshot stays. */
  pull(request: PullRequest): Promise<PullResult>;
}

interface ModelServiceDeps {
  repository: ModelRepository;
  source: SourceReader;
  config: AstrbotConfig;
  audit: Audit;
  clock: Clock;
}

const AUDIT: Record<PullChannel, { type: string; success: string; failure: string }> = {
  api: { type: "pull_astr_models", success: "pull_success", failure: "pull_failed" },
  web: { type: "pull_astr_models_web", success: "web_pull_success", failure: "web_pull_failed" },
};

export const createModelService = ({ repository, source, config, audit, clock }: ModelServiceDeps): ModelService => {
  const store = (providers: readonly ProviderRecord[], from: string, traceId: string): SyncView => {
    const importedAt = toTimestamp(clock.now());
    const event = { importedAt, source: from, providerCount: providers.length, traceId };
    repository.replaceSnapshot(providers, event);
    return toSyncView(event);
  };

  const succeed = (outcome: Extract<PullOutcome, { ok: true }>, { traceId, channel }: PullRequest): PullResult => {
    const imported = store(outcome.providers, `web_pull_${outcome.source}`, traceId);
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
    return { ok: true, view, imported, report: toSkippedReport(outcome.skipped) };
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

  return {
    list: () => repository.list().map(toStoredProviderView),

    lastSync() {
      const event = repository.lastSync();
      return event ? toSyncView(event) : null;
    },

    importPushed(body, traceId) {
      const { providers, skipped } = readPluginRows(body.providers);
      const report = toSkippedReport(skipped);
      if (providers.length === 0) throw new EmptyImportError(report);
      const imported = store(providers, body.source, traceId);
      audit.record({
        traceId,
        category: "model_sync",
        type: "import_astr_models",
        status: "ok",
        denied: false,
        reason: "model_import",
        params: { source: imported.source, provider_count: imported.provider_count },
      });
      return { imported, report };
    },

    async pull(request) {
      const outcome = await pullProviders(source, config);
      return outcome.ok ? succeed(outcome, request) : fail(outcome, request);
    },
  };
};
