export type Capability = "chat" | "embedding" | "rerank" | "speech_to_text" | "text_to_speech" | "agent_runner";

const AGENT_RUNNERS = ["dify", "coze", "dashscope", "deerflow"];

/** AstrBot's adapter names, most telling first: `type` says more than `provider_type`, which old rows got wrong. */
const TYPES: readonly [RegExp, Capability][] = [
  [/_embedding$/, "embedding"],
  [/_rerank$/, "rerank"],
  [/_tts(?:_|$)/, "text_to_speech"],
  [/whisper|_stt(?:_|$)/, "speech_to_text"],
];

const PROVIDER_TYPES: readonly string[] = ["embedding", "rerank", "speech_to_text", "text_to_speech", "agent_runner"];

/** What a provider is for. A plugin's own type that says nothing counts as chat. */
export const capabilityOf = (type: unknown, providerType: unknown): Capability => {
  if (typeof type === "string") {
    if (AGENT_RUNNERS.includes(type)) return "agent_runner";
    const known = TYPES.find(([pattern]) => pattern.test(type));
    if (known) return known[1];
  }
  return isCapability(providerType) ? providerType : "chat";
};

const isCapability = (value: unknown): value is Capability =>
  typeof value === "string" && PROVIDER_TYPES.includes(value);
