import { expect, test } from "bun:test";
import { classifyFailure, sandboxFailureIn } from "@/executor/failures.ts";

/** What Codex 0.169.0 said when a model server answered so. */
const measured: [said: string, means: ReturnType<typeof classifyFailure>][] = [
  [
    "unexpected status 401 Unauthorized: Incorrect API key provided: fake., url: http://m/v1/responses",
    "model_auth_failed",
  ],
  ["unexpected status 403 Forbidden: fake upstream error 403, url: http://m/v1/responses", "model_access_blocked"],
  ["Missing environment variable: `FAKE_KEY`.", "model_auth_failed"],
  ["exceeded retry limit, last status: 429 Too Many Requests", "model_rate_limited"],
  ["We’re currently experiencing high demand, which may cause temporary errors.", "model_unavailable"],
  [
    "stream disconnected before completion: Transport error: network error: error decoding response body",
    "model_unavailable",
  ],
  [
    '{"error":{"message":"fake upstream error 400","type":"invalid_request_error","param":null,"code":null}}',
    "model_request_rejected",
  ],
  ["Incomplete response returned, reason: max_output_tokens", "model_request_rejected"],
  ["something nobody has seen", "executor_nonzero_exit"],
];
test.each(measured)("%j", (said, means) => {
  expect(classifyFailure(said)).toBe(means);
});

test.each<[why: string, output: string, sentence: string]>([
  ["bubblewrap", "bwrap: Can't mount proc on /newroot/proc: x\n", "bwrap: Can't mount proc on /newroot/proc: x"],
  [
    "after a warning",
    "warning: x\nbwrap: No permissions to create a new namespace, likely because the kernel does not allow non-privileged user namespaces. On e.g. debian y",
    "bwrap: No permissions to create a new namespace",
  ],
  [
    "without bubblewrap",
    "bubblewrap is unavailable: no system bwrap was found on PATH",
    "bubblewrap is unavailable: no system bwrap was found on PATH",
  ],
  [
    "WSL 1",
    "Codex's sandbox cannot create the required user namespaces.",
    "Codex's sandbox cannot create the required user namespaces.",
  ],
  [
    "Codex 0.98",
    "error running landlock: Sandbox(LandlockRestrict)",
    "error running landlock: Sandbox(LandlockRestrict)",
  ],
  ["a search that found nothing", "", ""],
  ["a search for the word", "README.md: how landlock and bwrap: work", ""],
])("the sentence of a sandbox that could not be set up is found: %s", (_why, output, sentence) => {
  expect(sandboxFailureIn(output)).toBe(sentence);
});
