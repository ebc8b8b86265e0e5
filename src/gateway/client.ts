import type { Clock } from "@/lib/clock.ts";
import { retryAfterOf } from "./answer-reader.ts";
import type { Breaker, Permit } from "./breaker.ts";
import { failureOf, type GatewayFailure, type GatewayOutcome } from "./outcome.ts";

export type Fetch = (url: string, init: BunFetchRequestInit) => Promise<Response>;

export interface GatewayRequest {
  /** JSON for `POST /v1/responses`. */
  body: string;
  /** No more of the answer is read; the rest is thrown away unread. */
  maxBytes: number;
  signal?: AbortSignal;
}

export interface GatewayTurn {
  body: Uint8Array<ArrayBuffer>;
  /** Beside those the client sets itself. */
  headers: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

export interface GatewayClient {
  /** Asks for the price of nothing: through the breaker, within the timeout. Never throws, never shows the token. */
  ask(request: GatewayRequest): Promise<GatewayOutcome>;
  /** Reads what is no part of the API, beside the breaker: its failing says nothing. */
  look(path: string, limits: Omit<GatewayRequest, "body">): Promise<GatewayOutcome>;
  /**
   * Sends a turn and hands over the answer unread. The relay holds the breaker's permit and the timers.
   * @throws what fetch throws.
   */
  open(turn: GatewayTurn): Promise<Response>;
  /** The same without our token in it. */
  mask(text: string): string;
  maskBytes(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer>;
}

export interface GatewayClientDeps {
  fetch: Fetch;
  /** Without a trailing slash. */
  url: string;
  /** "" sends no Authorization at all. */
  token: string;
  breaker: Pick<Breaker, "admit">;
  clock: Clock;
  timeoutMs: number;
}

/** The one way to the gateway: it alone carries the token, and carries it nowhere else. */
export const createGatewayClient = ({
  fetch,
  url,
  token,
  breaker,
  clock,
  timeoutMs,
}: GatewayClientDeps): GatewayClient => {
  const mask = (text: string) => (token === "" ? text : text.replaceAll(token, "********"));

  const send = (path: string, { headers, ...init }: BunFetchRequestInit & { headers?: Record<string, string> }) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: {
        ...headers,
        // A small compressed answer can unpack to any size before a bound is seen.
        "Accept-Encoding": "identity",
        ...(token !== "" && { Authorization: `Bearer ${token}` }),
      },
      decompress: false,
      // A redirect or a proxy would carry the token to another host.
      redirect: "manual",
      proxy: false,
      // A new connection each time tells the truth about the gateway and leaves no idle socket behind. A kept one may be
      // closed by the gateway just as a turn goes out, and a turn must not be sent twice; see ARCHITECTURE.md.
      keepalive: false,
    });

  const post = (
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) =>
    send("/v1/responses", {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body,
      signal,
    });

  /** Reads the beginning of an answer, all within the timeout. */
  const exchange = async (
    request: (signal: AbortSignal) => Promise<Response>,
    { maxBytes, signal }: Omit<GatewayRequest, "body">,
  ): Promise<Exclude<GatewayOutcome, { kind: "circuit_open" }>> => {
    const stop = createStop(clock, timeoutMs, signal);
    try {
      const response = await request(stop.signal);
      return {
        kind: "answer",
        status: response.status,
        contentType: response.headers.get("content-type") ?? "",
        retryAfterSeconds: retryAfterOf(response.headers.get("retry-after"), clock),
        text: mask(await readStart(response, maxBytes)),
      };
    } catch (error) {
      if (stop.reason() === "caller") return { kind: "aborted" };
      const failure = stop.reason() === "timeout" ? timeoutAfter(timeoutMs) : failureOf(error);
      return { ...failure, message: mask(failure.message) };
    } finally {
      stop.release();
    }
  };

  return {
    mask,
    maskBytes: (bytes) => (token !== "" && bytes.includes(token) ? Buffer.from(mask(bytes.toString("utf8"))) : bytes),
    // Async, so that whatever `fetch` throws is a rejection.
    open: async ({ body, headers, signal }) => post(body, headers, signal),
    look: (path, limits) => exchange((signal) => send(path, { method: "GET", signal }), limits),
    async ask({ body, ...limits }) {
      const admission = breaker.admit();
      if (admission.kind === "refused") return { kind: "circuit_open", retryAfterSeconds: admission.retryAfterSeconds };
      const outcome = await exchange((signal) => post(body, {}, signal), limits);
      settle(admission.permit, outcome);
      return outcome;
    },
  };
};

const settle = (permit: Permit, outcome: Exclude<GatewayOutcome, { kind: "circuit_open" }>): void => {
  if (outcome.kind === "aborted") permit.abandoned();
  else if (outcome.kind === "failure") permit.failed(outcome.message);
  else if (outcome.status >= 500) permit.failed(`HTTP ${outcome.status}`);
  else permit.answered();
};

/** One signal out of the timer and the caller's; the first reason wins. */
const createStop = (clock: Clock, timeoutMs: number, callerSignal: AbortSignal | undefined) => {
  const controller = new AbortController();
  let reason: "timeout" | "caller" | undefined;
  const stopFor = (why: "timeout" | "caller") => {
    reason ??= why;
    controller.abort();
  };
  const onCallerAbort = () => stopFor("caller");
  const cancelTimer = clock.schedule(timeoutMs, () => stopFor("timeout"));
  callerSignal?.addEventListener("abort", onCallerAbort);
  if (callerSignal?.aborted) onCallerAbort();
  return {
    signal: controller.signal,
    reason: () => reason,
    release() {
      cancelTimer();
      callerSignal?.removeEventListener("abort", onCallerAbort);
    },
  };
};

/** Reads to the end or to `maxBytes`, then closes the connection: no socket stays behind. */
const readStart = async (response: Response, maxBytes: number): Promise<string> => {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  let leftBytes = maxBytes;
  while (leftBytes > 0) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value.subarray(0, leftBytes), { stream: true });
    leftBytes -= value.byteLength;
  }
  await reader.cancel();
  return text;
};

const timeoutAfter = (timeoutMs: number): GatewayFailure => ({
  kind: "failure",
  reason: "timeout",
  message: `no complete answer within ${timeoutMs / 1000} s`,
});
