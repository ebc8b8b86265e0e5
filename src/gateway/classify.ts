import { AppError } from "@/lib/errors.ts";
import { failureOf } from "@/lib/http.ts";
import { type GatewayAnswer, type GatewayFailure, isModelFailure, MAX_MESSAGE_CHARS, messageIn } from "./answer.ts";
import type { BreakerSignal } from "./breaker.ts";
import type { GatewayResult, TurnView } from "./view.ts";

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

const STARTING_RETRY_SECONDS = 1;
/** Statuses that blame the caller, also with a response object. */
const CALLER_FAULTS = [400, 413, 422];

const isRefused = (status: number): boolean => status === 401 || status === 403;

/** The gateway itself did not take our token: sent again too often, it locks our address out. */
export const isTokenRefused = (detail: ProbeDetail): boolean => detail === "unauthorized" || detail === "rate_limited";

const hasError = ({ body }: GatewayAnswer, words: RegExp) =>
  Object.values(body?.error ?? {}).some((text) => words.test(text ?? ""));

/** The gateway's own errors are objects in JSON; a proxy's are pages, words or objects of other shapes. */
const isOwnError = ({ body }: GatewayAnswer) => (body?.error?.type ?? body?.error?.message) !== undefined;

/** The only text that a gateway itself sends with 503 (2026.9.6, server-http.ts). */
const isStarting = ({ status, mediaType, text }: GatewayAnswer) =>
  status === 503 && mediaType === "text/plain" && text.trim() === "Plugin runtime is starting";

const DRAINING = /^(?:service|gateway)_unavailable$/;

/** From 2026.3.28 on: its type, its message as a whole, and the codes of RFC 6750. */
const SCOPE = /^(?:missing_scope|insufficient_scope|missing scope: [\w.:-]{1,60})$/i;
const INSUFFICIENT_SCOPE = /^bearer\b.*\berror="?insufficient_scope\b/is;
const isScope = (answer: GatewayAnswer) =>
  (answer.status === 403 && isOwnError(answer) && hasError(answer, /^(?:forbidden|FORBIDDEN)$/)) ||
  (isRefused(answer.status) && (hasError(answer, SCOPE) || INSUFFICIENT_SCOPE.test(answer.challenge)));

/** No challenge, or a token's alone. */
const OWN_CHALLENGE = /^(?:bearer\b(?!.*,\s*(?:basic|digest|negotiate|ntlm)\b)|$)/is;
/** An empty refusal may be the gateway's. `proxy_attribution_required`: from 2026.9 on, it distrusts its proxy. */
const isOwnRefusal = (answer: GatewayAnswer) =>
  (isOwnError(answer) || (answer.text.trim() === "" && answer.mediaType !== "text/html")) &&
  OWN_CHALLENGE.test(answer.challenge.trim()) &&
  !hasError(answer, /^proxy_attribution_required$/);
const isProxyLogin = (answer: GatewayAnswer) =>
  answer.status === 407 || answer.demand === "login" || (isRefused(answer.status) && !isOwnRefusal(answer));

/** 502 to 504 of any proxy, 520 to 530 of Cloudflare. */
const isProxyDown = (answer: GatewayAnswer) =>
  ((answer.status >= 502 && answer.status <= 504) || (answer.status >= 520 && answer.status <= 530)) &&
  !isOwnError(answer);

/** The first match counts. Status and shape decide, never words in a message. */
const rules: readonly [detail: ProbeDetail, matches: (answer: GatewayAnswer) => boolean][] = [
  // The model's failure, passed on by a gateway that accepted our token, whatever the status.
  ["upstream_model_error", ({ body }) => body?.object === "response"],
  ["scope", isScope],
  ["proxy_auth", isProxyLogin],
  ["unauthorized", ({ status }) => isRefused(status)],
  ["tls_expected", ({ demand }) => demand === "tls"],
  ["", ({ status, body }) => status === 400 && body?.error?.type === "invalid_request_error"],
  ["endpoint_disabled", ({ status }) => status === 404 || status === 405],
  // 2026.2.9 answers unknown paths with its web app.
  ["endpoint_disabled", ({ status, mediaType }) => status === 200 && mediaType === "text/html"],
  ["rate_limited", ({ status, body }) => status === 429 && body?.error?.type === "rate_limited"],
  ["gateway_starting", isStarting],
  ["draining", (answer) => answer.status === 503 && hasError(answer, DRAINING)],
  ["proxy_down", isProxyDown],
];

/** Classifies the outcome of the probe (`POST /v1/responses`, body `{}`); "" when all is well. */
export const classify = (outcome: GatewayAnswer | GatewayFailure): ProbeDetail => {
  if (outcome.kind === "failure") return outcome.detail;
  return rules.find(([, matches]) => matches(outcome))?.[0] ?? "unexpected_answer";
};

/** Classifies the answer to a turn. 2026.9.6 passes a model's failure on as a response object, 2026.2.9 as text. */
export const classifyTurn = (answer: GatewayAnswer): ProbeDetail => {
  const { status, body } = answer;
  if (body?.object === "response") return isModelFailure(body) ? "upstream_model_error" : "";
  const detail = classify(answer);
  // 413: too large, for the gateway or for a proxy before it.
  if (detail === "" || status === 413) return "request_refused";
  return status >= 500 && body && detail === "unexpected_answer" ? "upstream_model_error" : detail;
};

/** `caller`: it went away, or has all of its answer. */
export type StopReason = "caller" | "stopping" | "total" | "first_byte" | "stall";

export interface TurnOutcome {
  outcome: TurnView["outcome"];
  /** 0 without an answer. */
  statusCode: number;
  detail: ProbeDetail;
  message: string;
  signal: BreakerSignal;
  /** The caller's answer when the gateway's cannot be passed on. */
  error?: AppError | undefined;
}

type Scope = "answer" | "turn";
const success = (scope: Scope): BreakerSignal => ({ kind: "success", scope });
const failure = (scope: Scope): BreakerSignal => ({ kind: "failure", scope });

export const completed = (statusCode: number): TurnOutcome => {
  return { outcome: "completed", statusCode, detail: "", message: "", signal: success("turn") };
};

/** The caller went away. @param detail what the head of the answer has shown: a refused token. */
export const aborted = (statusCode: number, detail: ProbeDetail = ""): TurnOutcome => {
  return { outcome: "aborted", statusCode, detail, message: "", signal: { kind: "none" } };
};

/** Classifies what fetch or a read threw before any of the answer was passed on. */
export const classifyInterruption = (
  thrown: unknown,
  head: GatewayAnswer | undefined,
  timeouts: { reason(): StopReason | undefined; elapsedMs(): number },
): TurnOutcome => {
  const reason = timeouts.reason();
  const statusCode = head?.status ?? 0;
  if (reason === "caller") return aborted(statusCode, head && isRefused(statusCode) ? classify(head) : "");
  if (reason === "stopping") return { ...aborted(statusCode), error: new AppError("service_stopping") };
  if (reason) {
    const seconds = Math.round(timeouts.elapsedMs() / 1000);
    const message = `no complete answer after ${seconds} s (${reason} timeout)`;
    const error = new AppError("gateway_timeout", { seconds }, { cause: new Error(message) });
    return { outcome: "failed", statusCode, detail: "timeout", message, signal: failure("turn"), error };
  }
  const { detail, message } = failureOf(thrown);
  const error = new AppError("gateway_unreachable", { reason: detail }, { cause: new Error(message) });
  return { outcome: "failed", statusCode, detail, message, signal: failure("answer"), error };
};

/** @param unusable why no client could use the answer, which then is not passed on. */
export const classifyAnswer = (answer: GatewayAnswer, unusable?: string): TurnOutcome => {
  const { status, body } = answer;
  const detail = classifyTurn(answer);
  if (detail === "" && !unusable) return completed(status);
  const isModelFault = detail === "upstream_model_error" && status >= 400 && !CALLER_FAULTS.includes(status);
  const isFailure = status >= 500 || (unusable ? status < 300 : isModelFault);
  const isRestarting = detail === "gateway_starting" || detail === "draining" || detail === "proxy_down";
  return {
    outcome: "failed",
    statusCode: status,
    detail,
    message: `HTTP ${status}: ${unusable ?? messageIn(body)}`,
    signal: isFailure ? failure(isRestarting ? "answer" : "turn") : success("answer"),
    error: unusable ? unusableError(answer, detail, unusable) : undefined,
  };
};

const unusableError = (answer: GatewayAnswer, detail: ProbeDetail, reason: string): AppError => {
  const { status, text, retryAfterSeconds = STARTING_RETRY_SECONDS } = answer;
  const cause = new Error(`HTTP ${status}: ${reason}: ${text.slice(0, MAX_MESSAGE_CHARS)}`);
  if (detail === "gateway_starting") return new AppError("gateway_starting", { retryAfterSeconds }, { cause });
  if (detail === "endpoint_disabled") return new AppError("gateway_endpoint_missing", { status }, { cause });
  if (errorTypes[detail] === "network_or_unreachable") {
    return new AppError("gateway_unreachable", { reason: detail }, { cause });
  }
  return new AppError("gateway_unusable_answer", { status, reason }, { cause });
};

/** How a stream failed after its first event. `text`: the failure was sent as the model's text. */
const streamSignals = {
  model: failure("turn"),
  text: success("answer"),
  caller: success("answer"),
  cut: failure("answer"),
  timeout: failure("turn"),
  too_large: failure("turn"),
};
export type StreamFailure = keyof typeof streamSignals;

export const failedStream = (kind: StreamFailure, detail: ProbeDetail, message: string): TurnOutcome => {
  return { outcome: "failed", statusCode: 200, detail, message, signal: streamSignals[kind] };
};
