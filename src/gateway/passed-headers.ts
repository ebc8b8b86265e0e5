/** What a client may tell the gateway besides the body: neither its token nor rights of its own. */
const TO_GATEWAY = [
  "accept",
  "x-openclaw-agent-id",
  "x-openclaw-agent",
  "x-openclaw-session-key",
  "x-openclaw-message-channel",
  "x-openclaw-account-id",
];

/** What of the answer's head is the client's business. */
const TO_CLIENT = ["content-type", "retry-after", "x-request-id"];

const pick =
  (names: readonly string[]) =>
  (headers: Headers): Record<string, string> => {
    const picked: Record<string, string> = {};
    for (const name of names) {
      const value = headers.get(name);
      if (value !== null) picked[name] = value;
    }
    return picked;
  };

export const headersToGateway = pick(TO_GATEWAY);
export const headersToClient = pick(TO_CLIENT);
