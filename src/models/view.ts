import { z } from "zod";
import { MAX_FALLBACKS, MAX_NAME_LENGTH, MAX_PROVIDERS, MAX_SKIPPED_NAMED } from "./astrbot/record.ts";
import { capabilities } from "./capability.ts";
import { isWarning, MAX_WARNINGS } from "./warnings.ts";

/** Shapes of the API (contract). */
export const ProviderView = z.object({
  provider_id: z.string(),
  model: z.string(),
  provider_type: z.string(),
  base_url: z.string(),
});
export type ProviderView = z.infer<typeof ProviderView>;

export const ProviderDetailView = ProviderView.extend({
  capability: z.enum([...capabilities, ""]).describe("What it is for; empty for rows that the predecessor stored."),
  vendor: z.string().describe("Whose service it is, as AstrBot names it; empty if unknown."),
  enabled: z.boolean().describe("Whether it is switched on in AstrBot."),
  is_default: z.boolean().describe("Whether it is AstrBot's default provider."),
});
export type ProviderDetailView = z.infer<typeof ProviderDetailView>;

export const StoredProviderView = ProviderDetailView.extend({ source: z.string(), imported_at: z.iso.datetime() });
export type StoredProviderView = z.infer<typeof StoredProviderView>;

export const SyncView = z.object({
  imported_at: z.iso.datetime(),
  source: z.string(),
  provider_count: z.int(),
  trace_id: z.string(),
});
export type SyncView = z.infer<typeof SyncView>;

export const AgentRunnerView = z
  .object({
    type: z.string().describe("`dify`, `coze`, `dashscope`, `deerflow`; another of a fork's."),
    provider_id: z.string().describe("Its provider; empty from AstrBot 4.28 on, where it needs none."),
  })
  .describe("The outside agent that answers AstrBot's chat in place of a model.");
export type AgentRunnerView = z.infer<typeof AgentRunnerView>;

const warnings = z
  .array(z.string())
  .describe("`<code>:<provider id>` for what concerns a row, such as `base_url_no_scheme`; bounded.");
const fallbackIds = z.array(z.string()).describe("The models that AstrBot tries when the default one fails, in order.");

export const SkippedView = z
  .object({
    index: z.int(),
    provider_id: z.string(),
    reason: z
      .enum(["not_an_object", "disabled", "missing", "not_text", "bad_characters", "too_long", "too_many"])
      .describe(
        "`disabled`: switched off in AstrBot while ASTR_PULL_REQUIRE_ENABLED_PROVIDER is on. " +
          "`not_text`: neither a string nor a finite number. " +
          "`too_many`: the list has 2,000 usable rows, or 256 Ki characters, before it; remove what is not used.",
      ),
    field: z
      .enum(["id", "model", "provider_type", "base_url", ""])
      .describe("The invalid field; empty if it is the row as a whole."),
  })
  .describe("A row that could not be stored: its place in its list (from 0), the id if it has a usable one, and why.");
export type SkippedView = z.infer<typeof SkippedView>;

/** All skipped rows are counted, the first ones named: a hostile list cannot inflate the response. */
export const SkippedReport = z.object({
  skipped_count: z.int(),
  skipped: z.array(SkippedView).describe("The first ones."),
});
export type SkippedReport = z.infer<typeof SkippedReport>;

const ProviderRefView = ProviderView.pick({ provider_id: true, model: true });

export const ChangesView = z
  .object({
    added_count: z.int(),
    removed_count: z.int(),
    changed_count: z.int(),
    added: z.array(ProviderRefView),
    removed: z.array(ProviderRefView),
    changed: z.array(
      z
        .object({
          provider_id: z.string(),
          before: ProviderDetailView.partial(),
          after: ProviderDetailView.partial(),
        })
        .describe("Only the fields that differ are in `before` and `after`."),
    ),
  })
  .describe("What a sync changed. All are counted, the first ones of each kind named, two hundred at most.");
export type ChangesView = z.infer<typeof ChangesView>;

/** What is kept of a source beside its providers. */
export const ReadReport = SkippedReport.extend({
  warnings,
  default_provider_id: z.string().describe("AstrBot's default provider; empty if the source named none."),
  // Optional in records of earlier syncs.
  agent_runner: AgentRunnerView.nullable().default(null),
  fallback_provider_ids: fallbackIds.default([]),
});
export type ReadReport = z.infer<typeof ReadReport>;

/** What the predecessor did not record is null, empty or 0. */
export const SyncHistoryView = SyncView.extend(ReadReport.shape).extend({
  id: z.int(),
  changed: z.boolean().nullable().describe("False if the sync found exactly what was stored, which then stayed."),
  changes: ChangesView,
});
export type SyncHistoryView = z.infer<typeof SyncHistoryView>;

export const HistoryPageView = z.object({
  events: z.array(SyncHistoryView).describe("The newest first."),
  next_before: z.int().nullable().describe("The `before` of the next page; null at the end."),
});
export type HistoryPageView = z.infer<typeof HistoryPageView>;

const SourceName = z.enum(["cmd_config", "plugin_export", "astrbot_api"]);
export type SourceName = z.infer<typeof SourceName>;

const ProviderStateView = z.object({ provider_id: z.string(), exists: z.boolean() });

export const ModelSourceView = z
  .object({
    source: SourceName.describe("What a pull would read: the first file that exists, or AstrBot's API."),
    state: z
      .enum(["never_synced", "unchanged", "changed", "missing", "unreadable", "not_checked"])
      .describe("`not_checked`: the API has not answered yet since the service started."),
    modified_at: z.iso.datetime().nullable().describe("Of the file."),
    default_provider: ProviderStateView.nullable().describe("As of the last sync; null if its source named none."),
    agent_runner: AgentRunnerView.nullable().describe("As of the last sync; null if a model answers the chat."),
    fallback_providers: z.array(ProviderStateView).describe("As of the last sync, in the order they are tried."),
  })
  .describe(
    "Compares the last sync with AstrBot's file, by its time and size, or with its API's list, each minute at most.",
  );
export type ModelSourceView = z.infer<typeof ModelSourceView>;

const SourceFailureView = z.object({
  source: SourceName,
  error_code: z.enum([
    "astr_config_not_found",
    "astr_config_parse_failed",
    "plugin_export_not_found",
    "plugin_export_parse_failed",
    "astr_api_unreachable",
    "astr_api_denied",
    "astr_api_unusable",
    "astr_provider_empty",
  ]),
  /** In more detail than the error code. */
  reason: z.enum([
    "missing",
    "dangling_link",
    "directory",
    "fifo",
    "socket",
    "device",
    "unreadable",
    "too_large",
    "empty",
    "not_text",
    "not_json",
    "wrong_shape",
    "no_key",
    "wrong_key",
    "missing_scope",
    "too_old",
    "not_astrbot",
    "server_error",
    "unreachable",
    "no_provider",
  ]),
  detail: z.string().describe("The system's error code, the API's status, or the key of the wrong shape; else empty."),
});
export type SourceFailureView = z.infer<typeof SourceFailureView>;

/** For the audit log, whose readers see it in their own language. `place`: the file or address. */
export const PullFailure = SourceFailureView.extend({ place: z.string() });
export type PullFailure = z.infer<typeof PullFailure>;

export const PulledView = z.object({
  ok: z.boolean(),
  source_mode: z.string(),
  source_used: z.enum([...SourceName.options, ""]).describe("Empty if more than one source failed."),
  provider_count: z.int(),
  using_provider: ProviderView.nullable().describe(
    "AstrBot's default provider; all but its id is empty if the list does not contain it.",
  ),
  providers: z.array(ProviderDetailView).describe("In file order."),
  warnings,
  agent_runner: AgentRunnerView.nullable(),
  fallback_provider_ids: fallbackIds,
  failures: z.array(SourceFailureView).describe("Each source that failed, in order."),
  error_code: z.enum([...SourceFailureView.shape.error_code.options, "pull_all_sources_failed", ""]),
  error: z.string(),
});
export type PulledView = z.infer<typeof PulledView>;

const name = z.string().max(MAX_NAME_LENGTH);

/** What a preview's form carries, and sends back when it is confirmed. */
export const PreviewPayload = ReadReport.extend({
  method: z.enum(["file", "text"]),
  default_provider_id: name,
  warnings: z
    .array(
      z
        .string()
        .max(MAX_NAME_LENGTH + 64)
        .refine(isWarning),
    )
    .max(MAX_WARNINGS + 2),
  agent_runner: AgentRunnerView.extend({ type: name, provider_id: name }).nullable(),
  fallback_provider_ids: z.array(name).max(MAX_FALLBACKS),
  skipped: z.array(SkippedView.extend({ provider_id: name })).max(MAX_SKIPPED_NAMED),
  providers: z
    .array(ProviderDetailView.extend({ capability: z.enum(capabilities) }))
    .min(1)
    .max(MAX_PROVIDERS),
});
