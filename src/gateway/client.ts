import type { Clock } from "@/clock.ts";
import type { Breaker } from "./breaker.ts";
import { failureOf, type GatewayFailure, type GatewayOutcome } from "./outcome.ts";

export type Fetch = (url: string, init: BunFetchRequestInit) => Promise<Response>;

export interface GatewayRequest {
  /** JSON for `POST /v1/responses`. */
  body: string;
  /** No more of the answer is read; the rest is thrown away unread. */
  maxBytes: number;
  signal?: AbortSignal;
}

export interface GatewayClient {
  /** Sends one request and reads its answer, all within the timeout. Never throws, never shows the token. */
  ask(request: GatewayRequest): Promise<GatewayOutcome>;
}

export interface GatewayClientDeps {
  fetch: Fetch;
  /** Without a trailing slash. */
  url: string;
  /** "" sends no Authorization at all. */
  token: string;
  breaker: Breaker;
  clock: Clock;
  timeoutMs: number;
}

/** The one way to the gateway: every request passes the breaker and carries the token nowhere else. */
export const createGatewayClient = ({ fetch, url, token, breaker, clock, timeoutMs }: GatewayClientDeps) => {
  const mask = (text: string) => (token === "" ? text : text.replaceAll(token, "********"));

  const post = (body: string, signal: AbortSignal): Promise<Response> =>
    fetch(`${url}/v1/responses`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        // A small compressed answer can unpack to any size before a bound is seen.
        "Accept-Encoding": "identity",
        ...(token !== "" && { Authorization: `Bearer ${token}` }),
      },
      body,
      signal,
      decompress: false,
      // A redirect or a proxy would carry the token to another host.
      redirect: "manual",
      proxy: false,
      // A new connection each time tells the truth about the gateway and leaves no idle socket behind.
      keepalive: false,
    });

  const client: GatewayClient = {
    async ask({ body, maxBytes, signal }) {
      const admission = breaker.admit();
      if (admission.kind === "refused") return { kind: "circuit_open", retryAfterSeconds: admission.retryAfterSeconds };
      const { permit } = admission;
      const stop = createStop(clock, timeoutMs, signal);
      try {
        const response = await post(body, stop.signal);
        const text = mask(await readStart(response, maxBytes));
        if (response.status >= 500) permit.failed(`HTTP ${response.status}`);
        else permit.answered();
        return {
          kind: "answer",
          status: response.status,
          contentType: response.headers.get("content-type") ?? "",
          retryAfterSeconds: retryAfterOf(response.headers.get("retry-after"), clock),
          text,
        };
      } catch (error) {
        if (stop.reason() === "caller") {
          permit.abandoned();
          return { kind: "aborted" };
        }
        const failure = stop.reason() === "timeout" ? timeoutAfter(timeoutMs) : failureOf(error);
        const message = mask(failure.message);
        permit.failed(message);
        return { ...failure, message };
      } finally {
        stop.release();
      }
    },
  };
  return client;
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

/** RFC 9110: seconds, or a date. */
const retryAfterOf = (header: string | null, clock: Clock): number | undefined => {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const untilMs = Date.parse(header) - clock.now().getTime();
  return Number.isNaN(untilMs) ? undefined : Math.max(0, Math.ceil(untilMs / 1000));
};

const timeoutAfter = (timeoutMs: number): GatewayFailure => ({
  kind: "failure",
  reason: "timeout",
  message: `no complete answer within ${timeoutMs / 1000} s`,
});
