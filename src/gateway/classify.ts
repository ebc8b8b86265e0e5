import { messageOf } from "@/lib/errors.ts";
import { type GatewayAnswer, type GatewayFailure, isModelFailure } from "./answer.ts";
import type { ProbeDetail, ProbeErrorType } from "./view.ts";

/** The contract's class of each detail. */
const errorTypes: Readonly<Record<ProbeDetail, ProbeErrorType>> = {
  "": "",
  unauthorized: "auth_failed",
  rate_limited: "auth_failed",
  endpoint_disabled: "responses_endpoint_not_enabled_or_not_found",
  refused: "network_or_unreachable",
  dns: "network_or_unreachable",
  reset: "network_or_unreachable",
  timeout: "network_or_unreachable",
  gateway_starting: "network_or_unreachable",
  draining: "network_or_unreachable",
  request_refused: "unknown",
  upstream_model_error: "unknown",
  unexpected_answer: "unknown",
  circuit_open: "unknown",
  not_checked_yet: "unknown",
};

export const errorTypeOf = (detail: ProbeDetail): ProbeErrorType => errorTypes[detail];

/** Error codes of Bun's fetch, measured against real sockets, and the system's codes it passes on. */
const codes: Readonly<Record<string, ProbeDetail>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
};

/** Something answered, but not in HTTP, or without TLS although the URL is https. */
const OTHER_FAILURE: ProbeDetail = "unexpected_answer";
const BUN_ADVICE = / For more information, pass `verbose: true`.*$/s;

/** Classifies what `fetch`, or reading its body, threw. */
export const failureOf = (error: unknown): GatewayFailure => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return {
    kind: "failure",
    detail: codes[code] ?? OTHER_FAILURE,
    message: messageOf(error).replace(BUN_ADVICE, ""),
  };
};

export const isTokenRefused = (status: number): boolean => status === 401 || status === 403;

const isRequestRefused = ({ status, body }: GatewayAnswer) =>
  status === 400 && body?.error?.type === "invalid_request_error";

const isStarting = ({ status, mediaType, text }: GatewayAnswer) =>
  status === 503 && mediaType === "text/plain" && /\bstarting\b/i.test(text);

const DRAINING = ["service_unavailable", "gateway_unavailable"];
const isDraining = ({ status, body }: GatewayAnswer) =>
  status === 503 && [body?.error?.type, body?.error?.code].some((word) => word && DRAINING.includes(word));

/** The first match counts. Status and shape decide, never words in a message. */
const rules: readonly { detail: ProbeDetail; matches(answer: GatewayAnswer): unknown }[] = [
  // The model's failure, passed on by a gateway that accepted our token, whatever the status.
  { detail: "upstream_model_error", matches: ({ body }) => body?.object === "response" },
  { detail: "unauthorized", matches: ({ status }) => isTokenRefused(status) },
  { detail: "", matches: isRequestRefused },
  { detail: "endpoint_disabled", matches: ({ status }) => status === 404 || status === 405 },
  // 2026.2.9 answers unknown paths with its web app.
  { detail: "endpoint_disabled", matches: ({ status, mediaType }) => status === 200 && mediaType === "text/html" },
  { detail: "rate_limited", matches: ({ status, body }) => status === 429 && body?.error?.type === "rate_limited" },
  { detail: "gateway_starting", matches: isStarting },
  { detail: "draining", matches: isDraining },
];

/** What the outcome of the probe (`POST /v1/responses`, body `{}`, no model call) says; "" when all is well. */
export const classify = (outcome: GatewayAnswer | GatewayFailure): ProbeDetail =>
  outcome.kind === "failure"
    ? outcome.detail
    : (rules.find(({ matches }) => matches(outcome))?.detail ?? "unexpected_answer");

/** What the answer to a real turn says. 2026.9.6 passes a model's failure on as a response object, 2026.2.9 as text. */
export const classifyTurn = (answer: GatewayAnswer): ProbeDetail => {
  const { status, body } = answer;
  if (body?.object === "response") return isModelFailure(body) ? "upstream_model_error" : "";
  if (isRequestRefused(answer)) return "request_refused";
  const detail = classify(answer);
  return status >= 500 && body && detail === "unexpected_answer" ? "upstream_model_error" : detail;
};
