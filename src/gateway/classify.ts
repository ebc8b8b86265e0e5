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
const STARTING: Verdict = { errorType: "network_or_unreachable", detail: "starting" };
const DRAINING: Verdict = { errorType: "network_or_unreachable", detail: "draining" };
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
  const mediaType = outcome.contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const body = mediaType === "application/json" ? readBody(outcome.text) : undefined;
  // A response object is a model's failure, passed on: the gateway itself let us in.
  if (body?.object === "response") return UNEXPECTED;

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

const isDraining = (word: string | undefined) => word === "service_unavailable" || word === "gateway_unavailable";

const word = z.string().optional().catch(undefined);
const Body = z.object({
  object: word,
  error: z.object({ type: word, code: word }).optional().catch(undefined),
});

const readBody = (text: string): z.infer<typeof Body> | undefined => {
  try {
    return Body.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
};
