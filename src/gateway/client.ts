import type { Clock } from "@/lib/clock.ts";
import { type Fetch, failureOf, fetchPlain, readBody, retryAfterOf, timedOut } from "@/lib/http.ts";
import { demandOf, type GatewayAnswer, type GatewayOutcome, toAnswer } from "./answer.ts";
import type { Breaker, BreakerSignal } from "./breaker.ts";

const TURN_PATH = "/v1/responses";
const MAX_PROBE_ANSWER_BYTES = 64 * 1024;

type Chunks = AsyncIterable<Uint8Array> | null;
type SentOutcome = Exclude<GatewayOutcome, { kind: "circuit_open" }>;

interface GatewayRequest {
  body?: string | Uint8Array<ArrayBuffer> | undefined;
  headers?: Record<string, string>;
  signal: AbortSignal;
}

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
export const createGatewayClient = ({
  fetch,
  url,
  token,
  breaker,
  maskOwn = String,
  clock,
  timeoutMs,
}: GatewayClientDeps) => {
  const maskToken = (text: string) => (token === "" ? text : text.replaceAll(token, "********"));
  const mask = (text: string) => maskOwn(maskToken(text));
  /** In a body only the plain token is looked for, so that it passes as it came. */
  const maskBytes = (bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> =>
    token !== "" && bytes.includes(token) ? Buffer.from(maskToken(bytes.toString("utf8"))) : bytes;

  const send = (path: string, { headers, body, signal }: GatewayRequest): Promise<Response> =>
    fetchPlain(fetch, `${url}${path}`, {
      method: body ? "POST" : "GET",
      ...(body && { body }),
      headers: {
        ...(body && { "Content-Type": "application/json" }),
        ...headers,
        ...(token !== "" && { Authorization: `Bearer ${token}` }),
      },
      signal,
    });

  const answerOf = (response: Response, text: string): GatewayAnswer => {
    const header = (name: string) => response.headers.get(name) ?? "";
    return toAnswer({
      status: response.status,
      contentType: header("content-type"),
      text,
      retryAfterSeconds: retryAfterOf(response, clock),
      challenge: header("www-authenticate"),
      demand: demandOf(`${url}${TURN_PATH}`, response, text),
    });
  };

  const readAnswer = async (response: Response, maxBytes: number, chunks: Chunks = response.body) => {
    const { bytes, isWhole } = await readBody(chunks, maxBytes);
    const masked = maskBytes(bytes);
    return { answer: answerOf(response, masked.toString("utf8")), bytes: masked, isWhole };
  };

  /** Any certificate will do: this request carries no token. */
  const speaksTls = (signal: AbortSignal): Promise<boolean> =>
    fetchPlain(fetch, `https${url.slice(4)}`, { method: "HEAD", signal, tls: { rejectUnauthorized: false } }).then(
      () => true,
      () => false,
    );

  const exchange = async (path: string, maxBytes: number, caller: AbortSignal, body?: string): Promise<SentOutcome> => {
    const timeout = new AbortController();
    const cancelTimer = clock.schedule(timeoutMs, () => timeout.abort("timeout"));
    const signal = AbortSignal.any([caller, timeout.signal]);
    const failed = (error: unknown): SentOutcome => {
      if (signal.reason === "timeout") return timedOut(timeoutMs);
      if (signal.aborted) return { kind: "aborted" };
      const failure = failureOf(error);
      return { ...failure, message: mask(failure.message) };
    };
    try {
      const reading = send(path, { body, signal }).then((response) => readAnswer(response, maxBytes));
      const outcome = await reading.then(({ answer }): SentOutcome => ({ ...answer, text: mask(answer.text) }), failed);
      if (!url.startsWith("http:") || !isMaybeTls(outcome)) return outcome;
      const isTls = await speaksTls(signal);
      if (caller.aborted) return { kind: "aborted" };
      return isTls ? { kind: "failure", detail: "tls_expected", message: "the port speaks TLS" } : outcome;
    } finally {
      cancelTimer();
    }
  };

  return {
    mask,
    maskBytes,
    answerOf,
    readAnswer,
    /** Sends a request that is rejected before any model call, if the breaker lets it. Never throws. */
    async probe(caller = new AbortController().signal, isForced = false): Promise<GatewayOutcome> {
      const admission = breaker.admit({ isForced });
      if (admission.kind === "refused") return { kind: "circuit_open", retryAfterSeconds: admission.retryAfterSeconds };
      const outcome = await exchange(TURN_PATH, MAX_PROBE_ANSWER_BYTES, caller, "{}");
      admission.settle(...signalOf(outcome));
      return outcome;
    },
    /** Reads a path outside the API, without the breaker. Never throws. */
    get: exchange,
    /** Sends a turn and returns its answer unread. The relay holds the breaker's permit and the timeouts. */
    open: (turn: GatewayRequest): Promise<Response> => send(TURN_PATH, turn),
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
