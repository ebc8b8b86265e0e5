/** Wire shapes of the model sync (contract A4 to A6). */

export interface ProviderView {
  provider_id: string;
  model: string;
  provider_type: string;
  base_url: string;
}

export interface StoredProviderView extends ProviderView {
  imported_at: string;
  source: string;
}

export interface SyncView {
  imported_at: string;
  source: string;
  provider_count: number;
  trace_id: string;
}

export type ProviderField = "id" | "model" | "provider_type" | "base_url";

export type SkipReason =
  | "not_an_object"
  /** Switched off in AstrBot while ASTR_PULL_REQUIRE_ENABLED_PROVIDER is on. */
  | "disabled"
  | "missing"
  /** Neither a string nor a finite number. */
  | "not_text"
  | "bad_characters"
  | "too_long";

/** A row that could not be stored: its place in its list (from 0), the id if it has a usable one, and why. */
export interface SkippedView {
  index: number;
  provider_id: string;
  reason: SkipReason;
  /** The field at fault; "" when it is the row as a whole. */
  field: ProviderField | "";
}

/** Every skipped row counts; only the first ones are named, so that a hostile list cannot blow up its answer. */
export interface SkippedReport {
  skipped_count: number;
  skipped: SkippedView[];
}

export type SourceName = "cmd_config" | "plugin_export";

export type SourceErrorCode =
  | "astr_config_not_found"
  | "astr_config_parse_failed"
  | "plugin_export_not_found"
  | "plugin_export_parse_failed"
  | "astr_provider_empty";

export type PullErrorCode = SourceErrorCode | "pull_all_sources_failed";

export interface PulledView {
  ok: boolean;
  source_mode: string;
  /** "" when more than one source was tried in vain. */
  source_used: SourceName | "";
  provider_count: number;
  /** AstrBot's default provider; its other fields are "" when the list does not hold it. */
  using_provider: ProviderView | null;
  /** In file order. */
  providers: ProviderView[];
  warnings: string[];
  error_code: PullErrorCode | "";
  error: string;
}
