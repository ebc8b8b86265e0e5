import { BUBBLEWRAPS_GUESS, PROGRAM, says, type Wording } from "./faults.ts";

interface Row {
  /** Only for sentences that name an HTTP status of this range. */
  status?: readonly [from: number, to: number];
  words?: Wording;
  failure: string;
}

const NO_QUOTA =
  /usage limit|usage_not_included|(?<!disk )quota|insufficient[_ ](?:balance|credits?|funds)|balance is (?:too low|insufficient)|out of (?:codex )?(?:credits|messages)|spend(?:ing)? (?:cap|limit)|billing[_ ](?:hard[_ ])?limit|active subscription|good standing|(?:account|workspace) (?:has been )?deactivated|deactivated_workspace|余额不足|欠费|额度/i;
const NO_MODEL: Wording = [
  /\bmodel\b/i,
  /\baccess\b|\bpermission|not (?:be )?support|\bunsupported|\ballowed|\bexist|not found|requires/i,
];
const NO_MODEL_EITHER = /(?:supporting|unsupported|access to(?: the)?) model|must be verified/i;
const NO_LOGIN =
  /sign(?:ing)? in again|log(?:ging)? in again|(?:invalid|incorrect|expired)[_ ]api[_ ]key|api[_ ]key (?:is )?(?:not valid|invalid|expired)|authentication token (?:is|has)|invalidated oauth token|refresh[_ ]token (?:has|is|was|invalid|reused)/i;
const NO_ACCESS = /unsupported_country|country, region|blocked by Cloudflare|: <(?:!doctype|html)/i;

/** What a failed run said, and what it means; the first row that matches decides. From runs of 0.171 unless stated. */
const ROWS = [
  // On standard error, before any event.
  { words: /no rollout found for|No saved session found/, failure: "resume_thread_lost" },
  { words: /^Error loading (?:config|rules)/, failure: "executor_misconfigured" },
  { words: /^Error: Model provider `/, failure: "executor_misconfigured" },
  { words: /required MCP servers? /, failure: "executor_misconfigured" },
  { words: /^Error: thread\/(?:start|resume): /, failure: "executor_misconfigured" },
  ...PROGRAM.map(([words]) => ({ words, failure: "executor_misconfigured" }) as const),
  // ld.so, glibc 2.36.
  { words: /shared libraries:|GLIBC(?:XX)?_[\d.]+\W{1,2}not found/, failure: "executor_misconfigured" },
  // In the binary of 0.171.
  { words: /cannot access session files|failed to initialize (?:sqlite|state)/, failure: "executor_misconfigured" },
  { words: /codex-linux-sandbox was required/, failure: "executor_misconfigured" },
  { words: /^Error (?:finding|resolving) codex home/i, failure: "executor_misconfigured" },
  // 0.98.
  { words: /^error: (?:unexpected|unrecogni[sz]ed|invalid)/, failure: "executor_misconfigured" },

  // "unexpected status 402 Payment Required: ...", "last status: 429", "(status 403 Forbidden)": 0.169, 0.171. Words
  // beside a status are those of the APIs of OpenAI, Gemini, DashScope and OpenRouter, and of Cloudflare, in 2026.
  { status: [401, 401], words: /deactivated/i, failure: "model_quota_exhausted" },
  { status: [401, 401], failure: "model_auth_failed" },
  { status: [402, 402], failure: "model_quota_exhausted" },
  { status: [403, 403], words: NO_ACCESS, failure: "model_access_blocked" },
  { status: [400, 403], words: NO_LOGIN, failure: "model_auth_failed" },
  { status: [400, 403], words: NO_QUOTA, failure: "model_quota_exhausted" },
  { status: [403, 403], words: NO_MODEL, failure: "model_request_rejected" },
  { status: [403, 403], words: NO_MODEL_EITHER, failure: "model_request_rejected" },
  { status: [403, 403], failure: "model_access_blocked" },
  { status: [407, 407], failure: "model_access_blocked" },
  { status: [451, 451], failure: "model_access_blocked" },
  { status: [429, 429], words: NO_QUOTA, failure: "model_quota_exhausted" },
  { status: [429, 429], failure: "model_rate_limited" },
  { status: [408, 408], failure: "model_unavailable" },
  { status: [400, 499], failure: "model_request_rejected" },
  { status: [500, 599], failure: "model_unavailable" },

  // Without such a status: what Codex says in its own words, or the body of a 400 or of response.failed as it came.
  { words: NO_QUOTA, failure: "model_quota_exhausted" },
  { words: /^To use Codex with your ChatGPT plan/, failure: "model_quota_exhausted" },
  // Also 0.53, and in the binary of 0.171.
  { words: NO_LOGIN, failure: "model_auth_failed" },
  { words: /^Missing environment variable: /, failure: "model_auth_failed" },
  // In the binary of 0.171.
  { words: /not logged in|login is required|credential expired/i, failure: "model_auth_failed" },
  { words: /auth is missing|Token data is not available/i, failure: "model_auth_failed" },
  { words: NO_ACCESS, failure: "model_access_blocked" },
  { words: /at capacity|capacity (?:is )?unavailable/, failure: "model_unavailable" },
  { words: /high (?:demand|load)|overloaded/i, failure: "model_unavailable" },
  { words: /Incomplete response returned/, failure: "model_request_rejected" },
  { words: /context (?:window|length)/i, failure: "model_request_rejected" },
  { words: /flagged|content policy/i, failure: "model_request_rejected" },
  { words: /rate limit|too many requests/i, failure: "model_rate_limited" },
  { words: NO_MODEL, failure: "model_request_rejected" },
  { words: NO_MODEL_EITHER, failure: "model_request_rejected" },
  { words: /^stream (?:disconnected|closed|error)|server response/, failure: "model_unavailable" },
  { words: /waiting for network|connection failed/i, failure: "model_unavailable" },
  // 0.169.
  { words: /error sending request|timed? ?out/i, failure: "model_unavailable" },
  { words: /^\s*\{|invalid_request_error/, failure: "model_request_rejected" },
] as const satisfies readonly Row[];

export type RunFailure =
  | (typeof ROWS)[number]["failure"]
  | "executor_nonzero_exit"
  | "executor_incomplete"
  | "memory_pressure";

const STATUS = /\b(?:status(?: code)?|HTTP(?: error)?|refresh token|refresh failed):? ([1-5]\d\d)\b/i;

const matches = ({ status: range, words }: Row, sentence: string, status: number | undefined): boolean => {
  const isInRange = !range || (status !== undefined && range[0] <= status && status <= range[1]);
  return isInRange && (words === undefined || says(sentence, words));
};

/** Long enough for what Codex puts before a page of HTML. */
const MAX_SENTENCE_CHARS = 4000;

/** The status that a sentence names decides before its words do. */
export const classifyFailure = (message: string): RunFailure => {
  const sentence = message.slice(0, MAX_SENTENCE_CHARS);
  const found = STATUS.exec(sentence)?.[1];
  const status = found === undefined ? undefined : Number(found);
  return ROWS.find((row) => matches(row, sentence, status))?.failure ?? "executor_nonzero_exit";
};

/** How bubblewrap and the kernel say that user namespaces are not available. */
const SANDBOX_FAILURE =
  /^(?:bwrap: |bubblewrap is unavailable|failed to exec (?:system|bundled) bubblewrap|.{0,200}(?:user namespaces\b|Sandbox\(Landlock|fs sandbox helper failed))/;

/** What a failed command's output says of why its sandbox could not be set up; "" if nothing. */
export const sandboxFailureIn = (output: string): string => {
  const lines = output.slice(0, MAX_SENTENCE_CHARS).split("\n");
  return lines.find((line) => SANDBOX_FAILURE.test(line))?.replace(BUBBLEWRAPS_GUESS, "") ?? "";
};
