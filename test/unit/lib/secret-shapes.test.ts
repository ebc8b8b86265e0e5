import { expect, test } from "bun:test";
import { maskKeysInName, maskKeysInPath, tokenShapes } from "@/lib/secret-shapes.ts";

const MIXED = "0123456789abcdefghijABCDEFGHIJ0123456789";
const CAPITALS = "0123456789ABCDEF";

/** A key as its issuer makes them, and an ordinary name that begins like one. */
const issuers: [issuer: string, key: string, name: string][] = [
  ["OpenAI", `sk-proj-${MIXED.slice(0, 20)}`, "sk-learn"],
  ["Langfuse", `pk-lf-${MIXED.slice(0, 8)}-0123-4567-89ab-cdef01234567`, "pk-constraint-of-a-table"],
  ["Stripe", `rk_live_${MIXED.slice(0, 24)}`, "sk_buff_head_init_class"],
  ["GitHub", `ghp_${MIXED.slice(0, 36)}`, "ghp_env"],
  ["GitHub, with scopes", `github_pat_${MIXED.slice(0, 22)}_${MIXED}`, "github_pat_file"],
  ["GitLab", `glpat-${MIXED.slice(0, 10)}-_${MIXED.slice(0, 8)}`, "glpat-docs"],
  ["Slack", `xoxb-${MIXED.slice(0, 10)}-${MIXED.slice(0, 24)}`, "xoxb-bot"],
  ["Google", `AIza${MIXED.slice(0, 33)}-_`, "AIzawa"],
  ["AWS", `AKIA${CAPITALS}`, "AKIABARA"],
  ["AWS, for a session", `ASIA${CAPITALS}`, "ASIANET"],
  ["Hugging Face", `hf_${MIXED.slice(6, 40)}`, "hf_inference_endpoints_of_ours"],
  ["Groq", `gsk_${MIXED}`, "gsk_llama"],
  ["npm", `npm_${MIXED.slice(0, 36)}`, "npm_package_config_registry_url"],
  ["xAI", `xai-${MIXED}`, "xai-responses"],
  ["NVIDIA", `nvapi-${MIXED}-_${MIXED}`, "nvapi-nemotron-ultra"],
  ["Tavily", `tvly-dev-${MIXED.slice(0, 24)}`, "tvly-mcp"],
];

test.each(issuers)("a key of %s is found as a whole, in a text, a name and a path: %s", (_issuer, key) => {
  expect(`"${key}".`.replace(tokenShapes, "***")).toBe('"***".');
  expect(maskKeysInName(`relay/${key}`)).toBe("relay/***");
  expect(maskKeysInPath(`/models/owner/${key}/v1`)).toBe("/models/owner/***/v1");
});

test.each(issuers)("%s: what only begins like a key is left alone: %s %s", (_issuer, _key, name) => {
  expect(name.replace(tokenShapes, "***")).toBe(name);
  expect(maskKeysInName(name)).toBe(name);
});

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
  ["plugin?passwd=x", "***"],
  ["robot?sign=x", "***"],
])("%s is logged as %s", (name, masked) => expect(maskKeysInName(name)).toBe(masked));

test.each([
  "/openai/deployments/gpt4turbo20240409x/chat",
  "/openai/deployments/0f8fad5b-d9cb-469f-a165-70867728950e",
  "/openai/deployment/gpt4turbo20240409x",
  "/v1/engines/davinci002ft20240101a",
  "/hf/models/meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8-Original/v1",
  "/models/c0ffee00c0ffee00/owner00model000a1",
  "/model/owner/owner00model000a1",
  "/model/c0ffee00c0ffee00/invoke",
  "/serving-endpoints/c0ffee00c0ffee00/invocations",
  "/endpoints/c0ffee00c0ffee00",
  "/client/v4/accounts/0123456789abcdef0123456789abcdef/ai/v1",
  "/gateway/databricks-meta-llama-3-1-405b-instruct/v1",
  "/hub/DeepSeek-Coder-V2-Lite-Instruct-GPTQ",
  "/hub/multimodal-internationalization-preview",
  "/hub/Multimodal-Internationalization-Preview",
  "/relay/anthropic.claude-3-5-sonnet-20241022/v1",
  "/relay/anthropic.claude-3-5-sonnet-20241022-v2:0/invoke",
  "/relay/ft:gpt-3.5-turbo-instruct-0914-acme-support",
  "/bots/1234567890123456/v1",
  "/token-plan/anthropic",
  "/token-anthropic/token-v1",
  "/token/v1",
  "/keys/v1beta1/public",
  "/key/public/v1",
  "/key/k2/v1",
  "/monkey/hunter22",
  "/tokenizers/hunter22",
  "/secretary/api-keys/v1",
])("%s is kept as a path", (path) => expect(maskKeysInPath(path)).toBe(path));

test.each([
  ["/openai/deployments/sk-abcdefgh12/chat", "/openai/deployments/***/chat"],
  ["/models/owner/token=abc/v1", "/models/owner/***/v1"],
  ["/deployments/gpt4turbo20240409x/0f8fad5b-d9cb-469f-a165-70867728950e", "/deployments/gpt4turbo20240409x/***"],
  ["/remodels/c0ffee00c0ffee00", "/remodels/***"],
  ["/submodels/owner/c0ffee00c0ffee00", "/submodels/owner/***"],
  ["/models-v2/owner/c0ffee00c0ffee00", "/models-v2/owner/***"],
  ["/projects-v2/c0ffee00c0ffee00", "/projects-v2/***"],
  ["/a=b/v1", "/***/v1"],
  ["/key/hunter22/v1", "/key/***/v1"],
  ["/key/abcd12/v1", "/key/***/v1"],
  ["/key/ab%2Fcd12/v1", "/key/***/v1"],
  ["/access_token/hunter22/v1", "/access_token/***/v1"],
  ["/accesstoken/hunter22/v1", "/accesstoken/***/v1"],
  ["/api-key/hunter22/v1", "/***/***/v1"],
  ["/secret/hunter22/v1", "/***/***/v1"],
  ["/passwd/hunter22/v1", "/***/***/v1"],
  ["/api-keyAB12/v1", "/***/v1"],
  ["/api/token/abcdefghijklmnopqrst/v1", "/api/token/***/v1"],
  ["/token-abcd1234/v1", "/***/v1"],
  ["/proxy/c0ffee00c0ffee00", "/proxy/***"],
  ["/proxy/AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEf", "/proxy/***"],
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
