import type { Capability } from "./view.ts";

const AGENT_RUNNERS = ["dify", "coze", "dashscope", "deerflow"];

/** AstrBot's adapter names, most telling first: `type` says more than `provider_type`, which old rows got wrong. */
const TYPES: readonly [RegExp, Capability][] = [
  [/_embedding$/, "embedding"],
  [/_rerank$/, "rerank"],
  [/_tts(?:_|$)/, "text_to_speech"],
  [/whisper|_stt(?:_|$)/, "speech_to_text"],
];

export const capabilities = [
  "chat",
  "embedding",
  "rerank",
  "speech_to_text",
  "text_to_speech",
  "agent_runner",
] as const satisfies readonly Capability[];

/** What a provider is for. A plugin's own type that says nothing counts as chat. */
export const capabilityOf = (type: unknown, providerType: unknown): Capability => {
  if (typeof type === "string") {
    if (AGENT_RUNNERS.includes(type)) return "agent_runner";
    const known = TYPES.find(([pattern]) => pattern.test(type));
    if (known) return known[1];
  }
  return isCapability(providerType) ? providerType : "chat";
};

export const isCapability = (value: unknown): value is Capability => capabilities.some((known) => known === value);

/** `openai_chat_completion` is OpenAI's, `volcengine_tts` Volcengine's; an agent runner is its own vendor. */
const VENDOR = /^([a-z\d]+)_(?:chat_completion|responses|token_plan|embedding|rerank|tts|stt|whisper)(?:_|$)/;

const OTHER_NAMES: Readonly<Record<string, string>> = { googlegenai: "google", gemini: "google" };

/**
 * Whose service a `type` names; "" when it does not tell: everyone's compatible service is reached through OpenAI's.
 * @param baseUrl where it is reached.
 */
export const vendorOfType = (type: unknown, baseUrl: unknown): string => {
  if (typeof type !== "string") return "";
  if (AGENT_RUNNERS.includes(type)) return type;
  const name = VENDOR.exec(type)?.[1] ?? "";
  if (name === "openai" && typeof baseUrl === "string" && baseUrl.trim() !== "") {
    return /^https:\/\/[\w.-]*\bopenai\.(?:com|azure\.com)(?:[:/]|$)/i.test(baseUrl.trim()) ? name : "";
  }
  return OTHER_NAMES[name] ?? name;
};
