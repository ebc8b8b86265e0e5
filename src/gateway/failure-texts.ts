/**
 * OpenClaw 2026.2.9 sends a failed turn as a completed answer, often without any tokens spent: only the text shows it.
 * Each row is a whole text, not a beginning: an answer about an error is an answer. `{line}` stands for one line,
 * `{text}` for several, `{word}` for one without spaces, `{status}` for an HTTP error status.
 */
export const failureTexts = {
  /** dist, src/agents/pi-embedded-helpers/errors.ts. A provider's error without any of their words passes unchanged. */
  errors: [
    "⚠️ API provider returned a billing error — your API key has run out of credits or has an insufficient balance. Check your provider's billing dashboard and top up or switch to a different API key.",
    "Context overflow: prompt too large for the model. Try again with less input or a larger-context model.",
    "Message ordering conflict - please try again. If this persists, use /new to start a fresh session.",
    "Session history looks corrupted (tool call input missing). Use /new to start a fresh session. If this keeps happening, reset the session or delete the corrupted session transcript.",
    "The AI service is temporarily overloaded. Please try again in a moment.",
    "LLM request failed with an unknown error.",
    "LLM request timed out.",
    "LLM request rejected: {line}",
    "LLM error: {line}",
    "LLM error {type}: {line}",
    "HTTP {status}: {line}",
    "HTTP {status} {type}: {line}",
  ],
  /** dist, src/gateway/openresponses-http.ts and src/agents/pi-embedded-runner/run.ts, run/payloads.ts. */
  run: [
    "No response from OpenClaw.",
    "LLM request rate limited.",
    "LLM request unauthorized.",
    "LLM request failed.",
    "The AI service returned an error. Please try again.",
    "Image too large for the model. Please compress or resize the image and try again.",
    "Image too large for the model (max {word}MB). Please compress or resize the image and try again.",
    'Tool "{word}" blocked by sandbox tool policy (mode={word}).\n{text}',
    "⚠️ {emoji} {line} failed",
    "⚠️ {emoji} {line} failed: {text}",
  ],
  /** dist, src/auto-reply/reply/agent-runner-execution.ts and agent-runner-utils.ts. */
  reply: [
    "⚠️ Context limit exceeded. I've reset our conversation to start fresh - please try again.\n\nTo prevent this, {line}",
    "⚠️ Context limit exceeded during compaction. I've reset our conversation to start fresh - please try again.\n\nTo prevent this, {line}",
    "⚠️ Context overflow — prompt too large for this model. Try a shorter message or a larger-context model.",
    "⚠️ Message ordering conflict. I've reset the conversation - please try again.",
    "⚠️ Message ordering conflict - please try again. If this persists, use /new to start a fresh session.",
    "⚠️ Session history was corrupted. I've reset the conversation - please try again!",
    "⚠️ Agent failed before reply: {text}.\nLogs: openclaw logs --follow",
    "⚠️ LLM connection failed. This could be due to server issues, network problems, or context length exceeded (e.g., with local LLMs like LM Studio). Original error:\n```\n{text}\n```",
  ],
  /** Its model clients: pi-ai 0.52.9, openai 6.10.0, @anthropic-ai/sdk, Node's fetch. */
  clients: [
    "{status} status code (no body)",
    "{status} {json}",
    "(no status code or body)",
    "Connection error.",
    "Request timed out.",
    "Request was aborted",
    "Request was aborted.",
    "Request aborted",
    "An unknown error occurred",
    "Unknown error",
    "terminated",
    "fetch failed",
    "No response body",
    "No API key for provider: {word}",
    "OpenAI API key is required. {line}",
    "Azure OpenAI API key is required. {line}",
    "Azure OpenAI base URL is required. {line}",
    "Vertex AI requires a project ID. {line}",
    "Vertex AI requires a location. {line}",
    "Google Cloud Code Assist requires OAuth authentication. Use /login to authenticate.",
    "Invalid Google Cloud Code Assist credentials. Use /login to re-authenticate.",
    "Missing token or projectId in Google Cloud credentials. Use /login to re-authenticate.",
    "Failed to extract accountId from token",
    "Unhandled stop reason: {word}",
    "Error Code {word}: {line}",
    "Codex error: {line}",
    "Codex response failed",
    "You have hit your ChatGPT usage limit{line}",
    "Cloud Code Assist API error ({status}): {line}",
    "Cloud Code Assist API returned an empty response",
    "Server requested {word}s retry delay (max: {word}s). {line}",
    "Model stream error: {line}",
    "Throttling error: {line}",
    "Validation error: {line}",
    "Internal server error: {line}",
    "Service unavailable: {line}",
  ],
  /** Errors that the providers document (OpenAI, DeepSeek, OpenRouter, Moonshot; one-api and new-api as proxies). */
  providers: [
    "{status} Incorrect API key provided: {line}",
    "{status} You didn't provide an API key. {line}",
    "{status} The model {word} does not exist or you do not have access to it.",
    "{status} Country, region, or territory not supported",
    "{status} Unsupported parameter: {line}",
    "{status} Unsupported value: {line}",
    "{status} Missing required parameter: {line}",
    "{status} Model Not Exist",
    "{status} Authentication Fails {line}",
    "{status} No auth credentials found",
    "{status} No endpoints found for {word}",
    "{status} Your account {line}, please try again after {word} seconds",
    "{status} {line} (request id: {word})",
  ],
};

const patterns: Record<string, string> = {
  line: "[^\\n]+",
  text: "[^]+",
  word: "\\S{1,200}",
  status: "[45]\\d\\d",
  json: "\\{[^\\n]+\\}",
  /** A provider's `error.type`. */
  type: "(?:[\\w.-]{0,60}(?:_|Error)[\\w.-]{0,60}|tokens|requests)",
  /** Of a tool: dist, src/agents/tool-display.json. */
  emoji: "(?:🧩|🛠️|🧰|📖|✍️|📝|🩹|📎|🌐|🖼️|📱|⏰|🔌|✉️|🧭|🗂️|🧾|📨|🧑‍🔧|📊|🧠|📓|🔎|📄|🟢)",
};

const toPattern = (template: string): string =>
  template
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 === 0 ? RegExp.escape(part) : patterns[part]))
    .join("");

const FAILURE = new RegExp(`^(?:${Object.values(failureTexts).flat().map(toPattern).join("|")})$`);

/**
 * @param hasSpentTokens a turn that fails after a tool call has its error put before what the model wrote until then,
 * with a blank line between; those words have cost tokens.
 */
export const isFailureText = (text: string, hasSpentTokens: boolean): boolean => {
  const whole = text.trim();
  const [firstParagraph = ""] = hasSpentTokens ? whole.split("\n\n", 1) : [];
  return FAILURE.test(whole) || (firstParagraph !== "" && FAILURE.test(firstParagraph));
};
