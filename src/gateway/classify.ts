import { z } from "zod";
import { parseJson } from "@/json.ts";
import type { FailureReason, GatewayAnswer, GatewayFailure } from "./outcome.ts";
import type { ProbeDetail, ProbeErrorType } from "./view.ts";

export interface Verdict {
  errorType: ProbeErrorType;
  detail: ProbeDetail;
}

const READY: Verdict = { errorType: "", detail: "" };
const UNAUTHORIZED: Verdict = { errorType: "auth_failed", detail: "unauthorized" };
const RATE_LIMITED: Verdict = { errorType: "auth_failed", detail: "rate_limited" };
const DISABLED: Verdict = { errorType: "responses_endpoint_not_enabled_or_not_found", detail: "endpoint_disabled" };
const STARTING: Verdict = { errorType: "network_or_unreachable", detail: "gateway_starting" };
const DRAINING: Verdict = { errorType: "network_or_unreachable", detail: "draining" };
const REFUSED_REQUEST: Verdict = { errorType: "unknown", detail: "request_refused" };
const MODEL_FAILED: Verdict = { errorType: "unknown", detail: "upstream_model_error" };
const UNEXPECTED: Verdict = { errorType: "unknown", detail: "unexpected_answer" };

const failures: Record<FailureReason, Verdict> = {
  refused: { errorType: "network_or_unreachable", detail: "refused" },
  dns: { errorType: "network_or_unreachable", detail: "dns" },
  reset: { errorType: "network_or_unreachable", detail: "reset" },
  timeout: { errorType: "network_or_unreachable", detail: "timeout" },
  broken: UNEXPECTED,
};

/** What an answer to the token-free request (`POST /v1/responses`, body `{}`) says about the gateway. */
export const classify = (outcome: GatewayAnswer | GatewayFailure): Verdict => {
  if (outcome.kind === "failure") return failures[outcome.reason];
  const mediaType = mediaTypeOf(outcome.contentType);
  const body = mediaType === "application/json" ? readBody(outcome.text) : undefined;
  // A response object is a model's failure, passed on: the gateway itself let us in.
  if (body?.object === "response") return MODEL_FAILED;

  switch (outcome.status) {
    case 400:
      return body?.error?.type === "invalid_request_error" ? READY : UNEXPECTED;
    case 401:
    case 403:
      return UNAUTHORIZED;
    case 404:
    case 405:
      return DISABLED;
    case 429:
      return body?.error?.type === "rate_limited" ? RATE_LIMITED : UNEXPECTED;
    case 503:
      if (mediaType === "text/plain" && /\bstarting\b/i.test(outcome.text)) return STARTING;
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
 * 2026.2.9 answers 200 with the failure as the model's own words, and only the tokens it did not count give it away.
 */
export const classifyTurn = (answer: GatewayAnswer): Verdict => {
  const body = mediaTypeOf(answer.contentType) === "application/json" ? readBody(answer.text) : undefined;
  if (body?.object === "response") return body.status === "failed" || isFailureInWords(body) ? MODEL_FAILED : READY;
  if (answer.status === 400 && body?.error?.type === "invalid_request_error") return REFUSED_REQUEST;
  const verdict = classify(answer);
  return answer.status >= 500 && body && verdict === UNEXPECTED ? MODEL_FAILED : verdict;
};

/** The texts 2026.2.9 puts in the place of an answer; a model that was reached would have counted tokens. */
const FAILURE_WORDS = /^(?:HTTP \d{3}\b|\d{3} |Connection error|No response from OpenClaw)/;

const isFailureInWords = (body: z.infer<typeof Body>): boolean =>
  body.usage?.total_tokens === 0 && FAILURE_WORDS.test(wordsOf(body));

const wordsOf = ({ output }: z.infer<typeof Body>): string =>
  output?.flatMap((item) => item.content?.map((part) => part.text ?? "") ?? []).join("") ?? "";

/** The words of a response object, or of an error; "" when there are none. */
export const messageIn = (text: string): string => {
  const body = readBody(text);
  return body?.error?.message ?? (body && wordsOf(body)) ?? "";
};

export const mediaTypeOf = (contentType: string): string => contentType.split(";")[0]?.trim().toLowerCase() ?? "";

const isDraining = (word: string | undefined) => word === "service_unavailable" || word === "gateway_unavailable";

const word = z.string().optional().catch(undefined);
const Body = z.object({
  object: word,
  status: word,
  error: z.object({ type: word, code: word, message: word }).optional().catch(undefined),
  usage: z.object({ total_tokens: z.number().optional() }).optional().catch(undefined),
  output: z
    .array(
      z.object({
        content: z
          .array(z.object({ text: word }))
          .optional()
          .catch(undefined),
      }),
    )
    .optional()
    .catch(undefined),
});

const readBody = (text: string): z.infer<typeof Body> | undefined => {
  try {
    return Body.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
};
