import { z } from "zod";

/** What the API shows of the gateway (contract). */

export const ProbeErrorType = z.enum([
  "",
  "auth_failed",
  "responses_endpoint_not_enabled_or_not_found",
  "network_or_unreachable",
  "unknown",
]);
export type ProbeErrorType = z.output<typeof ProbeErrorType>;

/** What lies behind an `error_type`, finer than the contract's classes. */
export const ProbeDetail = z.enum([
  "",
  "not_checked_yet",
  "unauthorized",
  "rate_limited",
  "endpoint_disabled",
  "refused",
  "dns",
  "reset",
  "timeout",
  "gateway_starting",
  "draining",
  "request_refused",
  "upstream_model_error",
  "circuit_open",
  "unexpected_answer",
]);
export type ProbeDetail = z.output<typeof ProbeDetail>;

export const ProbeView = z.object({
  ok: z.boolean(),
  status_code: z.int().describe("The HTTP status of the last answer, 0 when there was none."),
  message: z.string(),
  error_type: ProbeErrorType,
  detail: ProbeDetail,
  checked_at: z.iso.datetime().nullable().describe("null until the first check has ended."),
  latency_ms: z.number().nullable(),
});
export type ProbeView = z.output<typeof ProbeView>;

export const BreakerView = z.object({
  state: z.enum(["closed", "open", "half_open"]),
  consecutive_failures: z.int(),
  opened_at: z.iso.datetime().nullable(),
  retry_after_seconds: z.int().describe("Seconds until the next trial; 0 unless open."),
  last_error: z.string(),
});
export type BreakerView = z.output<typeof BreakerView>;

export const GatewayName = z.enum(["primary", "backup"]);
export type GatewayName = z.output<typeof GatewayName>;

export const TurnView = z
  .object({
    ended_at: z.iso.datetime(),
    outcome: z.enum(["completed", "failed", "aborted"]),
    gateway: GatewayName,
    status_code: z.int().describe("0 when there was no answer."),
    error_type: ProbeErrorType,
    detail: ProbeDetail,
    message: z.string(),
    duration_ms: z.number(),
  })
  .describe("The result of a real turn, on its own or asked for by a deep check.");
export type TurnView = z.output<typeof TurnView>;

export const RelayView = z.object({
  busy: z.boolean(),
  waiting: z.int(),
  max_waiting: z.int(),
  last_turn: TurnView.nullable().describe("null before the first turn, and when only aborted ones have been."),
  backup_breaker: BreakerView.nullable().describe("null when no second gateway is configured."),
});
export type RelayView = z.output<typeof RelayView>;

export const CheckView = z
  .object({
    ok: z.boolean(),
    checked_at: z.iso.datetime(),
    status_code: z.int(),
    error_type: ProbeErrorType,
    detail: ProbeDetail,
    message: z.string().describe("The beginning of the model's words, or of the error."),
    latency_ms: z.number(),
  })
  .describe("The answer to a deep check: a turn as the model ended it.");
export type CheckView = z.output<typeof CheckView>;

export const SidecarView = z.object({
  pinned_version: z.string().describe("The version the compose file is told to run."),
  running_version: z
    .string()
    .nullable()
    .describe("What the running gateway says of itself; null when it says nothing, as 2026.2.9 does."),
  version: z.string().describe("The running one where it is known, else the pin."),
  version_source: z.enum(["gateway", "pin"]),
  below_advisories: z
    .boolean()
    .nullable()
    .describe(
      "True when `version` is below the one that fixes the advisories we know; null when it cannot be compared.",
    ),
  fixed_in: z.string(),
  advisories: z.array(z.string()).readonly(),
});
export type SidecarView = z.output<typeof SidecarView>;

/** The checks of half an hour; both counts are 0 when nobody looked. */
export interface ChecksView {
  started_at: string;
  ok: number;
  failed: number;
  /** The class of the last failure; "" without one. */
  error_type: ProbeErrorType;
}
