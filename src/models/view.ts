import type { Capability } from "./capability.ts";

/** Wire shapes of the model sync (contract A4 to A6). */

export interface ProviderView {
  provider_id: string;
  model: string;
  provider_type: string;
  base_url: string;
}

/** What the predecessor did not know of a provider. */
export interface ProviderDetailView extends ProviderView {
  /** What it is for; "" for rows that the predecessor stored. */
  capability: Capability | "";
  /** Whose service it is, as AstrBot names it; "" when nothing tells. */
  vendor: string;
  /** Whether it is switched on in AstrBot. */
  enabled: boolean;
  /** Whether it is AstrBot's default provider. */
  is_default: boolean;
}

export interface StoredProviderView extends ProviderDetailView {
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

export interface ProviderRefView {
  provider_id: string;
  model: string;
}

/** Only the fields that differ are in `before` and `after`. */
export interface ChangedProviderView {
  provider_id: string;
  before: Partial<ProviderDetailView>;
  after: Partial<ProviderDetailView>;
}

/** What a sync changed. All are counted, the first two hundred of each kind named. */
export interface ChangesView {
  added_count: number;
  removed_count: number;
  changed_count: number;
  added: ProviderRefView[];
  removed: ProviderRefView[];
  changed: ChangedProviderView[];
}

/** One line of the history. What the predecessor did not record is null, empty or 0. */
export interface SyncHistoryView extends SyncView, SkippedReport {
  id: number;
  /** False when the sync found exactly what was stored, which then stayed. */
  changed: boolean | null;
  changes: ChangesView;
  warnings: string[];
  /** AstrBot's default provider, "" when the source named none. */
  default_provider_id: string;
}

export interface HistoryPageView {
  /** The newest first. */
  events: SyncHistoryView[];
  /** What to ask for next as `before`; null at the end. */
  next_before: number | null;
}

/** One page of the models that were searched for. */
export interface ModelPageView {
  models: StoredProviderView[];
  /** What was searched for; "" finds all. */
  text: string;
  matching: number;
  total: number;
  /** From 1. */
  page: number;
  pages: number;
}

/** How the stored models stand to AstrBot's file, found by looking at the file's time and size only. */
export interface ModelSourceView {
  /** The file that a pull would take: the first that is there. */
  source: SourceName;
  state: "never_synced" | "unchanged" | "changed" | "missing" | "unreadable";
  modified_at: string | null;
  /** As of the last sync; null when its source named none. */
  default_provider: { provider_id: string; exists: boolean } | null;
}

export type SourceName = "cmd_config" | "plugin_export";

export type SourceErrorCode =
  | "astr_config_not_found"
  | "astr_config_parse_failed"
  | "plugin_export_not_found"
  | "plugin_export_parse_failed"
  | "astr_provider_empty";

/** Why a source could not be used, more exactly than its error code. */
export type SourceFault =
  | "missing"
  | "dangling_link"
  | "directory"
  | "fifo"
  | "socket"
  | "device"
  | "unreadable"
  | "too_large"
  | "empty"
  | "not_text"
  | "not_json"
  | "wrong_shape"
  | "no_provider";

export interface SourceFailureView {
  source: SourceName;
  error_code: SourceErrorCode;
  reason: SourceFault;
  /** The system's error code, or the key of the wrong shape; else "". */
  detail: string;
}

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
  providers: ProviderDetailView[];
  warnings: string[];
  /** Each source that was tried in vain, in order. */
  failures: SourceFailureView[];
  error_code: PullErrorCode | "";
  error: string;
}
