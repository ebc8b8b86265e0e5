/** Wire shapes of what we know of the gateway (contract A4, B8). */

export type ProbeErrorType =
  | ""
  | "auth_failed"
  | "responses_endpoint_not_enabled_or_not_found"
  | "network_or_unreachable"
  | "unknown";

/** What lies behind an `error_type`, finer than the contract's classes. */
export type ProbeDetail =
  | ""
  | "not_checked_yet"
  | "unauthorized"
  | "rate_limited"
  | "endpoint_disabled"
  | "refused"
  | "dns"
  | "reset"
  | "timeout"
  | "gateway_starting"
  | "draining"
  | "request_refused"
  | "upstream_model_error"
  | "circuit_open"
  | "unexpected_answer";

export interface ProbeView {
  ok: boolean;
  /** The HTTP status of the last answer, 0 when there was none. */
  status_code: number;
  message: string;
  error_type: ProbeErrorType;
  detail: ProbeDetail;
  /** null until the first check has ended. */
  checked_at: string | null;
  latency_ms: number | null;
}

export interface BreakerView {
  state: "closed" | "open" | "half_open";
  consecutive_failures: number;
  opened_at: string | null;
  /** Seconds until the next trial; 0 unless open. */
  retry_after_seconds: number;
  last_error: string;
}

export type GatewayName = "primary" | "backup";

/** The result of a real turn, on its own or asked for by a deep check. */
export interface TurnView {
  ended_at: string;
  outcome: "completed" | "failed" | "aborted";
  gateway: GatewayName;
  /** 0 when there was no answer. */
  status_code: number;
  error_type: ProbeErrorType;
  detail: ProbeDetail;
  message: string;
  duration_ms: number;
}

export interface RelayView {
  busy: boolean;
  waiting: number;
  max_waiting: number;
  /** null before the first turn, and when only aborted ones have been. */
  last_turn: TurnView | null;
  /** null when no second gateway is configured. */
  backup_breaker: BreakerView | null;
}

/** The answer to a deep check: a turn as the model ended it. */
export interface CheckView {
  ok: boolean;
  checked_at: string;
  status_code: number;
  error_type: ProbeErrorType;
  detail: ProbeDetail;
  /** The beginning of the model's words, or of the error. */
  message: string;
  latency_ms: number;
}

export interface SidecarView {
  /** The version the compose file is told to run. */
  pinned_version: string;
  /** What the running gateway says of itself; null when it says nothing, as 2026.2.9 does. */
  running_version: string | null;
  /** The running one where it is known, else the pin. */
  version: string;
  version_source: "gateway" | "pin";
  /** True when `version` is below the one that fixes the advisories we know; null when it cannot be compared. */
  below_advisories: boolean | null;
  fixed_in: string;
  advisories: readonly string[];
}

export interface GatewayView {
  probe: ProbeView;
  breaker: BreakerView;
}

/** The checks of half an hour; both counts are 0 when nobody looked. */
export interface ChecksView {
  started_at: string;
  ok: number;
  failed: number;
  /** The class of the last failure; "" without one. */
  error_type: ProbeErrorType;
}
