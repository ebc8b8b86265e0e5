/** Why the model did not answer, from what Codex 0.98 and 0.169 were measured to say. */
export type ModelFailure = "model_auth_failed" | "model_rate_limited" | "model_unavailable" | "model_request_rejected";

const PATTERNS: readonly [RegExp, ModelFailure][] = [
  [
    /\bstatus:? (?:401|403)\b|not logged in|missing environment variable|invalid_api_key|incorrect api key/i,
    "model_auth_failed",
  ],
  [/\bstatus:? 429\b|rate limit|usage limit|quota/i, "model_rate_limited"],
  [
    /\bstatus:? 5\d\d\b|high demand|overloaded|\bstream (?:disconnected|closed|error)|error sending request|connection failed|timed? ?out/i,
    "model_unavailable",
  ],
  [/\bstatus:? 4\d\d\b|invalid_request_error|incomplete response|context window/i, "model_request_rejected"],
];

/** @returns undefined when the message fits none of the known kinds. */
export const classifyModelFailure = (message: string): ModelFailure | undefined =>
  PATTERNS.find(([pattern]) => pattern.test(message))?.[1];
