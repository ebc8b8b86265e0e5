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

/** A row that could not be stored: its place in the list (from 0), the id if it has one, and why. */
export interface SkippedView {
  index: number;
  provider_id: string;
  reason: string;
}
