import type { GatewayResult } from "./view.ts";

/** The `error_type` of each `detail`. */
export const errorTypes = {
  "": "",
  not_checked_yet: "unknown",
  unauthorized: "auth_failed",
  rate_limited: "auth_failed",
  scope: "auth_failed",
  proxy_auth: "auth_failed",
  endpoint_disabled: "responses_endpoint_not_enabled_or_not_found",
  refused: "network_or_unreachable",
  dns: "network_or_unreachable",
  reset: "network_or_unreachable",
  timeout: "network_or_unreachable",
  gateway_starting: "network_or_unreachable",
  draining: "network_or_unreachable",
  proxy_down: "network_or_unreachable",
  tls_expected: "network_or_unreachable",
  tls_failed: "network_or_unreachable",
  certificate: "network_or_unreachable",
  request_refused: "unknown",
  upstream_model_error: "unknown",
  circuit_open: "unknown",
  unexpected_answer: "unknown",
} as const;

export type ProbeDetail = keyof typeof errorTypes;
export type ProbeErrorType = (typeof errorTypes)[ProbeDetail];

/** What a turn or a probe can fail with. */
export type FailureDetail = Exclude<ProbeDetail, "" | "circuit_open">;
export const failureDetails = Object.keys(errorTypes).filter(
  (detail): detail is FailureDetail => detail !== "" && detail !== "circuit_open",
);

export const toResult = (status_code: number, detail: ProbeDetail, message: string): GatewayResult => {
  return { status_code, error_type: errorTypes[detail], detail, message };
};
