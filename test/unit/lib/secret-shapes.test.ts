import { expect, test } from "bun:test";
import { maskKeysInName, maskKeysInPath } from "@/lib/secret-shapes.ts";

test.each([
  "openai/gpt-4o",
  "claude-3-5-sonnet-20241022",
  "siliconflow/deepseek-ai/DeepSeek-V3",
  "付费gemini",
  "qwen3:8b",
  "c0ffee00c0ffee00",
  "0f8fad5b-d9cb-469f-a165-70867728950e",
  "xiaomi-token-plan/mimo-v2-pro",
  "xai-responses/grok-4-fast-non-reasoning",
  "hf_inference/meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
  "ep-20240609123456-abcde",
  "password-free-proxy",
])("%s is logged as it is", (name) => expect(maskKeysInName(name)).toBe(name));

test.each([
  ["sk-abcdefgh12", "***"],
  ["openai/sk-proj-abcdefgh12", "openai/***"],
  ["AIzaSyA-1234567/gemini", "***/gemini"],
  ["xai-0123456789abcdefghij", "***"],
  ["plugin?token=x", "***"],
])("%s is logged as %s", (name, masked) => expect(maskKeysInName(name)).toBe(masked));

test.each([
  "/openai/deployments/gpt4turbo20240409x/chat",
  "/openai/deployments/0f8fad5b-d9cb-469f-a165-70867728950e",
  "/v1/engines/davinci002ft20240101a",
  "/hf/models/meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8-Original/v1",
  "/models/c0ffee00c0ffee00/owner00model000a1",
  "/client/v4/accounts/0123456789abcdef0123456789abcdef/ai/v1",
  "/gateway/databricks-meta-llama-3-1-405b-instruct/v1",
  "/token-plan/anthropic",
  "/token/v1",
  "/secretary/api-keys/v1",
])("%s is kept as a path", (path) => expect(maskKeysInPath(path)).toBe(path));

test.each([
  ["/openai/deployments/sk-abcdefgh12/chat", "/openai/deployments/***/chat"],
  ["/models/owner/token=abc/v1", "/models/owner/***/v1"],
  ["/deployments/gpt4turbo20240409x/0f8fad5b-d9cb-469f-a165-70867728950e", "/deployments/gpt4turbo20240409x/***"],
  ["/key/hunter22/v1", "/key/***/v1"],
  ["/api/token/abcdefghijklmnopqrst/v1", "/api/token/***/v1"],
  ["/token-abcd1234/v1", "/***/v1"],
  ["/proxy/c0ffee00c0ffee00", "/proxy/***"],
  ["/my-secret/apikeyAB12/v1", "/***/***/v1"],
])("%s is kept as %s", (path, masked) => expect(maskKeysInPath(path)).toBe(masked));

test("what follows the 32nd segment of a path is masked as a whole", () => {
  expect(maskKeysInPath("/a".repeat(31))).toBe("/a".repeat(31));
  expect(maskKeysInPath("/a".repeat(500))).toBe(`${"/a".repeat(31)}/***`);
});

test("no more of a name is looked at or logged than a name may have", () => {
  expect(maskKeysInName(`sk-abcdefgh12${"/".repeat(1_000_000)}`)).toBe(`***${"/".repeat(1011)}`);
});

test.each(["/%73k-abcdefgh12/v1", "/%E5%AF%86sk-abcdefgh12/v1", "/%/sk%2Dabcdefgh12/v1"])(
  "%s is decoded, whatever else is encoded in it, or badly",
  (path) => expect(maskKeysInPath(path)).toContain("***"),
);
