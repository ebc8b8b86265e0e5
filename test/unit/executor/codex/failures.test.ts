import { expect, test } from "bun:test";
import { classifyFailure, type RunFailure } from "@/executor/codex/failures.ts";

const AT = "url: http://m/v1/responses";

/** What Codex 0.171.0 said (0.169.0 where noted) when it was answered or set up so, and what its binary holds. */
const said: Partial<Record<RunFailure, readonly string[]>> = {
  model_auth_failed: [
    `unexpected status 401 Unauthorized: Incorrect API key provided: fake., ${AT}`,
    "Missing environment variable: `FAKE_KEY`.",
    "Your access token could not be refreshed because your refresh token was already used. Please log out and sign in again.",
    "Your access token could not be refreshed because your refresh token was revoked. Please log out and sign in again.",
    "Your access token could not be refreshed because you have since logged out or signed in to another account. Please sign in again.",
    "Your authentication session could not be refreshed automatically. Please log out and sign in again.",
    "Your ChatGPT credential expired. Reopen Codex to reconnect.",
    "Failed to refresh token: 401 Unauthorized: Your refresh token has already been used to generate a new access token. Please try signing in again.",
    "Your authentication token has been invalidated. Please try signing in again.",
    "Encountered invalidated oauth token for user, failing request",
    '{"error":{"message":"Your refresh token has been invalidated.","type":"invalid_request_error"}}',
    `unexpected status 400 Bad Request: API key not valid. Please pass a valid API key., ${AT}`,
    `unexpected status 403 Forbidden: {"error":{"code":"invalid_api_key"}}, ${AT}`,
  ],
  model_quota_exhausted: [
    `unexpected status 402 Payment Required: Insufficient Balance, ${AT}`,
    `unexpected status 402 Payment Required: {"detail":{"code":"deactivated_workspace"}}, ${AT}`,
    `unexpected status 401 Unauthorized: Your OpenAI account has been deactivated, ${AT}`,
    `unexpected status 403 Forbidden: The free quota has been exhausted, ${AT}`,
    `unexpected status 429 Too Many Requests: You exceeded your current quota, ${AT}`,
    "You’ve hit your usage limit. Upgrade to Pro (https://chatgpt.com/explore/pro) or try again at 2:50 PM.",
    "You’ve hit your usage limit for gpt-6. Switch to another model now, or try again at Dec 3rd, 2026 2:50 PM.",
    "To use Codex with your ChatGPT plan, upgrade to Plus: https://chatgpt.com/explore/plus.",
    "Quota exceeded. Check your plan and billing details.",
    "Your workspace is out of credits. Add credits to continue.",
    "You hit your spend cap set by the owner of your workspace. Ask an owner to increase your spend cap to continue.",
    '{"error":{"message":"Your credit balance is too low to access the API."}}',
    "You’re out of Codex messages. To get more access now, send a request to your admin, or wait until May 30, 2026, 4:12 PM.",
    '{"detail":{"code":"deactivated_workspace"}}',
    `unexpected status 400 Bad Request: Billing hard limit has been reached, ${AT}`,
    `unexpected status 403 Forbidden: {"code":"usage_not_included"}, ${AT}`,
  ],
  model_rate_limited: [
    "exceeded retry limit, last status: 429 Too Many Requests",
    "rate limit exceeded: Rate limit reached for x. Please try again in 1s.",
    "stream disconnected before completion: Rate limit reached for gpt-5 on tokens per min (TPM). Please try again in 20.9s.",
  ],
  model_unavailable: [
    "Selected model is at capacity. Please try a different model.",
    "Policy-restricted capacity is unavailable. Please try again later.",
    "We’re currently experiencing high demand, which may cause temporary errors.",
    `unexpected status 502 Bad Gateway: <html>bad gateway</html>, ${AT}`,
    `unexpected status 529 <unknown status code>: Overloaded, ${AT}`,
    `unexpected status 408 Request Timeout: timeout, ${AT}`,
    "stream disconnected before completion: stream closed before response.completed",
    "stream disconnected before completion: Transport error: network error: error decoding response body",
    "Reconnecting... waiting for network (Connection failed: error sending request)",
    "stream disconnected before completion: An error occurred while processing your request. You can retry your request, or contact us.",
    "Error while reading the server response: error decoding response body, request id: 1",
    "http 503 Service Unavailable: no healthy upstream",
    "Failed to refresh token: error sending request for url (https://auth.openai.com/oauth/token)",
  ],
  model_request_rejected: [
    '{"error":{"message":"fake upstream error 400","type":"invalid_request_error","param":null,"code":null}}',
    '{"detail":"The \'gpt-5.3-codex\' model is not supported when using Codex with a ChatGPT account."}',
    "The model `x` does not exist or you do not have access to it.",
    `unexpected status 403 Forbidden: Project does not have access to model gpt-6, ${AT}`,
    `unexpected status 404 Not Found: 404 page not found, ${AT}`,
    `unexpected status 413 Payload Too Large: too big, ${AT}`,
    "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.",
    "This request has been flagged for possible cybersecurity risk.",
    "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    "stream disconnected before completion: Incomplete response returned, reason: content_filter",
    "Incomplete response returned, reason: max_output_tokens",
    "stream disconnected before completion: The model `gpt-5.3-codex` does not exist or you do not have access to it.",
    "stream disconnected before completion: Your organization must be verified to use the model `gpt-5-codex`.",
    "stream disconnected before completion: No accounts with a plan supporting model 'gpt-5.4'",
    "The 'gpt-6-codex' model requires a newer version of Codex. Please upgrade.",
  ],
  model_access_blocked: [
    `unexpected status 403 Forbidden: Country, region, or territory not supported, ${AT}`,
    `Access blocked by Cloudflare. This usually happens when connecting from a restricted region (status 403 Forbidden), ${AT}, cf-ray: abc-FRA`,
    `unexpected status 403 Forbidden: <html>Just a moment... sign in again</html>, ${AT}`,
    `unexpected status 407 Proxy Authentication Required: Proxy Authentication Required, ${AT}`,
    `unexpected status 451 Unavailable For Legal Reasons: legal, ${AT}`,
    `unexpected status 403 Forbidden: <!DOCTYPE html><p>The model you do not have permission for</p>, ${AT}`,
    `unexpected status 403 Forbidden: {"error":{"code":"unsupported_country_region_territory","message":"Country, region, or territory not supported for model access"}}, ${AT}`,
    "Country, region, or territory not supported",
  ],
  executor_misconfigured: [
    "Error loading config.toml: /h/config.toml:12:5: key with no value, expected `=`",
    "Error: Model provider `nix` not found",
    "Error: thread/start: thread/start failed: error creating thread: Fatal error: Failed to initialize session: required MCP servers failed to initialize: a1: unexpected status 401 Unauthorized (code -32603)",
    "Error: Missing optional dependency @openai/codex-linux-x64. Reinstall Codex: npm install -g @openai/codex@latest",
    "error: unexpected argument '--json' found",
    "Error loading rules: failed to parse rules file /h/rules/default.rules",
    "Error: Fatal error: Codex cannot access session files at /h/sessions (permission denied).",
    "ERROR: failed to initialize sqlite local db at /h/state_5.sqlite: database is locked",
    "/usr/bin/env: ‘node’: No such file or directory",
    "codex: /lib/libc.so.6: version `GLIBC_2.39' not found (required by codex)",
    "Error: spawn /x/codex-linux-x64/bin/codex ENOENT",
    "Error: Unsupported platform: linux (riscv64)",
  ],
  resume_thread_lost: [
    "Error: thread/resume: thread/resume failed: no rollout found for thread id 01a2225e-538b-7292-b045-c7ab4427df8a (code -32600)",
    "Error: No saved session found with ID x",
  ],
  executor_nonzero_exit: [
    "something nobody has seen",
    "",
    "thread 'main' panicked at src/main.rs:1:2: oh",
    "Error: Disk quota exceeded (os error 122)",
  ],
};

const rows = Object.entries(said).flatMap(([code, sentences]) =>
  sentences.map((sentence) => [sentence, code] as const),
);
test.each(rows)("%j is %s", (sentence, code) => {
  expect<string>(classifyFailure(sentence)).toBe(code);
});

test("a long sentence costs no more than its length", () => {
  const startedAt = performance.now();
  for (const text of ["model ", "status 4", "required MCP ", "{", "usage "]) classifyFailure(text.repeat(200_000));
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
