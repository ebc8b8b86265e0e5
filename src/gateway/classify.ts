import { type AnswerBody, bodyOf, isModelFailure } from "./answer-body.ts";
import { mediaTypeOf } from "./media-type.ts";
import type { FailureReason, GatewayAnswer, GatewayFailure } from "./outcome.ts";
import type { ProbeDetail, ProbeErrorType } from "./view.ts";

export interface Verdict {
  errorType: ProbeErrorType;
  detail: ProbeDetail;
}

export const READY: Verdict = { errorType: "", detail: "" };
export const UNAUTHORIZED: Verdict = { errorType: "auth_failed", detail: "unauthorized" };
const RATE_LIMITED: Verdict = { errorType: "auth_failed", detail: "rate_limited" };
const DISABLED: Verdict = { errorType: "responses_endpoint_not_enabled_or_not_found", detail: "endpoint_disabled" };
const STARTING: Verdict = { errorType: "network_or_unreachable", detail: "gateway_starting" };
const DRAINING: Verdict = { errorType: "network_or_unreachable", detail: "draining" };
const REFUSED_REQUEST: Verdict = { errorType: "unknown", detail: "request_refused" };
export const MODEL_FAILED: Verdict = { errorType: "unknown", detail: "upstream_model_error" };
export const UNEXPECTED: Verdict = { errorType: "unknown", detail: "unexpected_answer" };

export const isTokenRefused = (status: number): boolean => status === 401 || status === 403;

const failures: Record<FailureReason, Verdict> = {
  refused: { errorType: "network_or_unreachable", detail: "refused" },
  dns: { errorType: "network_or_unreachable", detail: "dns" },
  reset: { errorType: "network_or_unreachable", detail: "reset" },
  timeout: { errorType: "network_or_unreachable", detail: "timeout" },
  broken: UNEXPECTED,
};

/** What an answer to the token-free request (`POST /v1/responses`, body `{}`) says about the gateway. */
export const classify = (outcome: GatewayAnswer | GatewayFailure): Verdict =>
  outcome.kind === "failure" ? failures[outcome.reason] : classifyAnswer(outcome, bodyOf(outcome));

const classifyAnswer = ({ status, contentType, text }: GatewayAnswer, body: AnswerBody | undefined): Verdict => {
  const mediaType = mediaTypeOf(contentType);
  // A response object is a model's failure, passed on: the gateway itself let us in.
  if (body?.object === "response") return MODEL_FAILED;

  if (isTokenRefused(status)) return UNAUTHORIZED;

  switch (status) {
    case 400:
      return body?.error?.type === "invalid_request_error" ? READY : UNEXPECTED;
    case 404:
    case 405:
      return DISABLED;
    case 429:
      return body?.error?.type === "rate_limited" ? RATE_LIMITED : UNEXPECTED;
    case 503:
      if (mediaType === "text/plain" && /\bstarting\b/i.test(text)) return STARTING;
      return [body?.error?.type, body?.error?.code].some(isDraining) ? DRAINING : UNEXPECTED;
    case 200:
      // 2026.2.9 answers unknown paths with its web app.
      return mediaType === "text/html" ? DISABLED : UNEXPECTED;
    default:
      return UNEXPECTED;
  }
};

/**
 * What an answer to a real turn says. 2026.9.6 passes a model's failure on as a response object, whatever the status;
 * 2026.2.9 answers 200 with the failure as the model's own words.
 */
export const classifyTurn = (answer: GatewayAnswer, body = bodyOf(answer)): Verdict => {
  if (body?.object === "response") return isModelFailure(body) ? MODEL_FAILED : READY;
  if (answer.status === 400 && body?.error?.type === "invalid_request_error") return REFUSED_REQUEST;
  const verdict = classifyAnswer(answer, body);
  return answer.status >= 500 && body && verdict === UNEXPECTED ? MODEL_FAILED : verdict;
};

const isDraining = (word: string | undefined) => word === "service_unavailable" || word === "gateway_unavailable";
