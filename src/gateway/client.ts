import type { Clock } from "@/lib/clock.ts";
import {
  type GatewayAnswer,
  type GatewayFailure,
  type GatewayOutcome,
  readBody,
  retryAfterOf,
  toAnswer,
} from "./answer.ts";
import type { Breaker } from "./breaker.ts";
import type { BreakerSignal } from "./breaker-state.ts";
import { failureOf } from "./classify.ts";

const MAX_PROBE_ANSWER_BYTES = 64 * 1024;

export type Fetch = (url: string, init: BunFetchRequestInit) => Promise<Response>;

interface GatewayRequest {
  method?: "GET" | "POST";
  body?: string | Uint8Array<ArrayBuffer>;
  /** Added to those the client sets itself. */
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
  clock: Clock;
  timeoutMs: number;
}

/** The only code that sends requests to the gateway, and the only one that holds its token. */
export const createGatewayClient = ({ fetch, url, token, breaker, clock, timeoutMs }: GatewayClientDeps) => {
  const mask = (text: string) => (token === "" ? text : text.replaceAll(token, "********"));

  const send = (path: string, { headers, ...init }: GatewayRequest) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: {
        ...headers,
        // A small compressed answer could unpack to any size.
        "Accept-Encoding": "identity",
        ...(token !== "" && { Authorization: `Bearer ${token}` }),
      },
      decompress: false,
      // A redirect or a proxy would carry the token to another host.
      redirect: "manual",
      proxy: false,
      // The gateway may close an idle connection just as a turn is sent on it, and a turn must not be sent twice.
      keepalive: false,
    });

  const post = ({ headers, ...init }: GatewayRequest) =>
    send("/v1/responses", { ...init, method: "POST", headers: { "Content-Type": "application/json", ...headers } });

  /** Sends a request and reads the beginning of its answer, all within the timeout. */
  const exchange = async (
    request: (signal: AbortSignal) => Promise<Response>,
    maxBytes: number,
    caller?: AbortSignal,
  ): Promise<GatewayAnswer | GatewayFailure | { kind: "aborted" }> => {
    const timeout = new AbortController();
    const cancelTimer = clock.schedule(timeoutMs, () => timeout.abort());
    try {
      const response = await request(caller ? AbortSignal.any([caller, timeout.signal]) : timeout.signal);
      const { bytes } = await readBody(response, maxBytes);
      return toAnswer({
        status: response.status,
        contentType: response.headers.get("content-type") ?? "",
        retryAfterSeconds: retryAfterOf(response, clock),
        text: mask(bytes.toString("utf8")),
      });
    } catch (error) {
      if (caller?.aborted) return { kind: "aborted" };
      const failure = timeout.signal.aborted ? timeoutAfter(timeoutMs) : failureOf(error);
      return { ...failure, message: mask(failure.message) };
    } finally {
      cancelTimer();
    }
  };

  return {
    mask,
    maskBytes: (bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> =>
      token !== "" && bytes.includes(token) ? Buffer.from(mask(bytes.toString("utf8"))) : bytes,

    /** Sends a request that is rejected before any model call, if the breaker lets it. Never throws. */
    async probe(signal?: AbortSignal): Promise<GatewayOutcome> {
      const admission = breaker.admit();
      if (admission.kind === "refused") return { kind: "circuit_open", retryAfterSeconds: admission.retryAfterSeconds };
      const outcome = await exchange((stop) => post({ body: "{}", signal: stop }), MAX_PROBE_ANSWER_BYTES, signal);
      admission.settle(...signalOf(outcome));
      return outcome;
    },

    /** Reads a path outside the API; the breaker has no part in it. Never throws. */
    get: (path: string, maxBytes: number, signal: AbortSignal): Promise<GatewayOutcome> =>
      exchange((stop) => send(path, { method: "GET", signal: stop }), maxBytes, signal),

    /**
     * Sends a turn and returns its answer unread. The relay holds the breaker's permit and the timeouts.
     * @throws what fetch throws.
     */
    open: async (turn: GatewayRequest): Promise<Response> => post(turn),
  };
};

export type GatewayClient = ReturnType<typeof createGatewayClient>;

const signalOf = (
  outcome: GatewayAnswer | GatewayFailure | { kind: "aborted" },
): [signal: BreakerSignal, reason?: string] => {
  if (outcome.kind === "aborted") return [{ kind: "none" }];
  if (outcome.kind === "failure") return [{ kind: "failure", scope: "answer" }, outcome.message];
  if (outcome.status >= 500) return [{ kind: "failure", scope: "answer" }, `HTTP ${outcome.status}`];
  return [{ kind: "success", scope: "answer" }];
};

const timeoutAfter = (timeoutMs: number): GatewayFailure => ({
  kind: "failure",
  detail: "timeout",
  message: `no complete answer within ${timeoutMs / 1000} s`,
});
