import type { Clock } from "@/lib/clock.ts";
import { createRequest, type Fetch, fetchPlain, type PlainRequest, readBody } from "@/lib/http.ts";
import { type GatewayOutcome, toAnswer } from "./answer.ts";
import type { Breaker, BreakerSignal } from "./breaker.ts";

const TURN_PATH = "/v1/responses";
const MAX_PROBE_ANSWER_BYTES = 64 * 1024;
const JSON_TYPE = { "Content-Type": "application/json" };

type ShortRequest = PlainRequest & { signal: AbortSignal; maxAnswerBytes: number };
type SentOutcome = Exclude<GatewayOutcome, { kind: "circuit_open" }>;

interface GatewayClientDeps {
  fetch: Fetch;
  /** Without a trailing slash. */
  url: string;
  /** "" sends no Authorization at all. */
  token: string;
  breaker: Pick<Breaker, "admit">;
  /** Hides our other secrets, and this token in other forms. */
  maskOwn?: (text: string) => string;
  clock: Clock;
  timeoutMs: number;
}

/** The only code that sends requests to the gateway, and the only one that holds its token. */
export const createGatewayClient = (deps: GatewayClientDeps) => {
  const { fetch, url, token, breaker, maskOwn = String, clock } = deps;
  const request = createRequest(deps);
  const authorization = token === "" ? {} : { Authorization: `Bearer ${token}` };
  const maskToken = (text: string) => (token === "" ? text : text.replaceAll(token, "********"));
  const mask = (text: string) => maskOwn(maskToken(text));
  /** In a body only the plain token is looked for, so that it passes as it came. */
  const maskBytes = (bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> =>
    token !== "" && bytes.includes(token) ? Buffer.from(maskToken(bytes.toString("utf8"))) : bytes;

  const answerOf = (head: Pick<Response, "status" | "headers">, text: string) =>
    toAnswer(head, text, `${url}${TURN_PATH}`, clock);

  const exchange = async (path: string, sent: ShortRequest): Promise<SentOutcome> => {
    const { signal } = sent;
    const headers = { ...sent.headers, ...authorization };
    const answer = await request(`${url}${path}`, { ...sent, headers });
    if (signal.aborted) return { kind: "aborted" };
    const outcome =
      answer.kind === "failure" ? { ...answer, message: mask(answer.message) } : answerOf(answer, mask(answer.text));
    if (!url.startsWith("http:") || !isMaybeTls(outcome)) return outcome;
    // Any certificate will do: this request carries no token.
    const tls = { rejectUnauthorized: false };
    const secure = await request(`https${url.slice(4)}`, { method: "HEAD", tls, signal, maxAnswerBytes: 0 });
    if (signal.aborted) return { kind: "aborted" };
    if (secure.kind === "failure") return outcome;
    return { kind: "failure", detail: "tls_expected", message: "the port speaks TLS" };
  };

  return {
    mask,
    maskBytes,
    answerOf,
    async readAnswer(response: Response, chunks: AsyncIterable<Uint8Array>, maxBytes: number) {
      const { bytes, isWhole } = await readBody(chunks, maxBytes);
      const masked = maskBytes(bytes);
      return { answer: answerOf(response, masked.toString("utf8")), bytes: masked, isWhole };
    },
    /** Sends a request that is rejected before any model call, if the breaker lets it. Never throws. */
    async probe(signal = new AbortController().signal, isForced = false): Promise<GatewayOutcome> {
      const admission = breaker.admit({ isForced });
      if (admission.kind === "refused") return { kind: "circuit_open", retryAfterSeconds: admission.retryAfterSeconds };
      const empty = { method: "POST", body: "{}", headers: JSON_TYPE };
      const outcome = await exchange(TURN_PATH, { ...empty, signal, maxAnswerBytes: MAX_PROBE_ANSWER_BYTES });
      admission.settle(...signalOf(outcome));
      return outcome;
    },
    /** Reads a path outside the API, without the breaker. Never throws. */
    get: exchange,
    /** Sends a turn and returns its answer unread. The relay holds the breaker's permit and the timeouts. */
    open: (body: Uint8Array<ArrayBuffer>, headers: Record<string, string>, signal: AbortSignal): Promise<Response> => {
      const all = { ...JSON_TYPE, ...headers, ...authorization };
      return fetchPlain(fetch, `${url}${TURN_PATH}`, { method: "POST", body, headers: all, signal });
    },
  };
};

export type GatewayClient = ReturnType<typeof createGatewayClient>;

/** What a TLS port does with plain HTTP: it sends an alert, which fetch reports as a reset, or a page with 400. */
const isMaybeTls = (outcome: SentOutcome): boolean => {
  if (outcome.kind === "answer") return outcome.status === 400 && !outcome.body && outcome.demand === "";
  return outcome.kind === "failure" && ["reset", "unexpected_answer"].includes(outcome.detail);
};

const signalOf = (outcome: SentOutcome): [signal: BreakerSignal, reason?: string] => {
  if (outcome.kind === "aborted") return [{ kind: "none" }];
  if (outcome.kind === "failure") return [{ kind: "failure", scope: "answer" }, outcome.message];
  if (outcome.status >= 500) return [{ kind: "failure", scope: "answer" }, `HTTP ${outcome.status}`];
  return [{ kind: "success", scope: "answer" }];
};
