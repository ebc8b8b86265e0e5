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
  | "starting"
  | "draining"
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

export interface GatewayView {
  probe: ProbeView;
  breaker: BreakerView;
}
