export type RunFailure =
  | "model_auth_failed"
  | "model_quota_exhausted"
  | "model_rate_limited"
  | "model_unavailable"
  | "model_request_rejected"
  | "model_access_blocked"
  | "executor_nonzero_exit"
  | "executor_incomplete"
  | "executor_misconfigured"
  | "resume_thread_lost";

/** How Codex 0.98 and 0.169 word why the model did not answer. The first row that matches decides. */
const MODEL_FAILURES: readonly [wording: RegExp, failure: RunFailure][] = [
  // Codex 0.171.0, as played against it.
  [/hit your usage limit|quota exceeded|insufficient balance/i, "model_quota_exhausted"],
  [/access token could not be refreshed/i, "model_auth_failed"],
  [/\bstatus:? (?:401|403)\b/i, "model_auth_failed"],
  [/not logged in|missing environment variable|invalid_api_key|incorrect api key/i, "model_auth_failed"],
  [/\bstatus:? 429\b|rate limit|usage limit|quota/i, "model_rate_limited"],
  [/\bstatus:? 5\d\d\b|high demand|overloaded/i, "model_unavailable"],
  [/\bstream (?:disconnected|closed|error)|error sending request|connection failed|timed? ?out/i, "model_unavailable"],
  [/\bstatus:? 4\d\d\b|invalid_request_error|incomplete response|context window/i, "model_request_rejected"],
];

/** How bubblewrap and the kernel say that user namespaces are not available. */
const SANDBOX_FAILURE = /\bbwrap: |creating new namespace|user namespaces|landlock/i;

export const classifyFailure = (message: string): RunFailure =>
  MODEL_FAILURES.find(([wording]) => wording.test(message))?.[1] ?? "executor_nonzero_exit";

/** Whether a failed command's output says that its sandbox could not be set up. */
export const isSandboxFailure = (output: string): boolean => SANDBOX_FAILURE.test(output);
