import { modelSnapshots } from "@/db/schema.ts";

/** "" is stored for rows of the predecessor, which had none. */
export const capabilities = modelSnapshots.capability.enumValues.filter((value) => value !== "");
export type Capability = (typeof capabilities)[number];

export const isCapability = (value: unknown): value is Capability => capabilities.some((known) => known === value);

const AGENT_RUNNERS: Readonly<Record<string, string>> = {
  dify: "Dify",
  coze: "Coze",
  dashscope: "DashScope",
  deerflow: "DeerFlow",
};

export const isAgentRunner = (type: unknown): type is string =>
  typeof type === "string" && Object.hasOwn(AGENT_RUNNERS, type);

export const runnerName = (type: string): string => (isAgentRunner(type) ? (AGENT_RUNNERS[type] ?? type) : type);

/** AstrBot's adapter names. */
const TYPES: readonly [RegExp, Capability][] = [
  [/_embedding$/, "embedding"],
  [/_rerank$/, "rerank"],
  [/_tts(?:_|$)/, "text_to_speech"],
  [/whisper|_stt(?:_|$)/, "speech_to_text"],
];

/**
 * What a provider is for. `type` is more reliable than `provider_type`, which is wrong in old rows. An unknown type
 * (of a plugin) counts as chat.
 */
export const capabilityOf = (type: unknown, providerType: unknown): Capability => {
  if (isAgentRunner(type)) return "agent_runner";
  if (typeof type === "string") {
    const known = TYPES.find(([pattern]) => pattern.test(type));
    if (known) return known[1];
  }
  return isCapability(providerType) ? providerType : "chat";
};

/** `openai_chat_completion` is OpenAI's, `volcengine_tts` Volcengine's; an agent runner is its own vendor. */
const VENDOR = /^([a-z\d]+)_(?:chat_completion|responses|token_plan|embedding|rerank|tts|stt|whisper)(?:_|$)/;

const OTHER_NAMES: Readonly<Record<string, string>> = { googlegenai: "google", gemini: "google" };

/**
 * The vendor named by a `type`; "" if none. OpenAI's adapters also serve every compatible service, so they name OpenAI
 * only for its own address.
 */
export const vendorOfType = (type: unknown, baseUrl: unknown): string => {
  if (typeof type !== "string") return "";
  if (isAgentRunner(type)) return type;
  const name = VENDOR.exec(type)?.[1] ?? "";
  if (name === "openai" && typeof baseUrl === "string" && baseUrl.trim() !== "") {
    return /^https:\/\/[\w.-]*\bopenai\.(?:com|azure\.com)(?:[:/]|$)/i.test(baseUrl.trim()) ? name : "";
  }
  return OTHER_NAMES[name] ?? name;
};
