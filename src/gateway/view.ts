import { z } from "zod";
import { type ProbeDetail as Detail, errorTypes } from "./classify.ts";

/** What the API shows of the gateway (contract). */

const ProbeDetail = z.enum(Object.keys(errorTypes) as Detail[]);
const ProbeErrorType = z.enum([...new Set(Object.values(errorTypes))]);

const GatewayResult = z.object({
  status_code: z.int().describe("The HTTP status of the answer, 0 when there was none."),
  error_type: ProbeErrorType,
  detail: ProbeDetail,
  message: z.string(),
});
export type GatewayResult = z.output<typeof GatewayResult>;

export const ProbeView = GatewayResult.extend({
  ok: z.boolean(),
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

export const TurnView = GatewayResult.extend({
  ended_at: z.iso.datetime(),
  outcome: z.enum(["completed", "failed", "aborted"]),
  gateway: z.enum(["primary", "backup"]),
  duration_ms: z.number(),
}).describe("The result of a real turn, on its own or asked for by a deep check.");
export type TurnView = z.output<typeof TurnView>;

export const RelayView = z.object({
  busy: z.boolean(),
  waiting: z.int(),
  max_waiting: z.int(),
  last_turn: TurnView.nullable().describe("null before the first turn, and when only aborted ones have been."),
  backup_breaker: BreakerView.nullable().describe("null when no second gateway is configured."),
});
export type RelayView = z.output<typeof RelayView>;

export const CheckView = GatewayResult.extend({
  ok: z.boolean(),
  checked_at: z.iso.datetime(),
  latency_ms: z.number(),
}).describe("The answer to a deep check; `message` is the beginning of the model's text, or of the error.");
export type CheckView = z.output<typeof CheckView>;

export const SidecarView = z.object({
  pinned_version: z.string().describe("The version the compose file runs."),
  running_version: z.string().nullable().describe("As the running gateway reports it; 2026.2.9 does not."),
  version: z.string().describe("The running one where it is known, else the pin."),
  version_source: z.enum(["gateway", "pin"]),
  below_advisories: z.boolean().nullable().describe("Below `fixed_in`; null when `version` cannot be compared."),
  fixed_in: z.string(),
  advisories: z.array(z.string()).readonly(),
  startup: z
    .object({ state: z.enum(["installing", "failed"]), message: z.string() })
    .nullable()
    .describe("What the gateway's script does or found wrong before the gateway itself; null otherwise."),
});
export type SidecarView = z.output<typeof SidecarView>;
