import type { Clock } from "./clock.ts";
import { attempt, messageOf } from "./errors.ts";
import { boundJson } from "./json.ts";

export type Fetch = (url: string, init: BunFetchRequestInit) => Promise<Response>;

export type NetworkFault = "refused" | "dns" | "reset" | "timeout" | "tls_failed" | "certificate" | "unexpected_answer";

/** There was no HTTP answer, or only part of one. */
const failure = (detail: NetworkFault, message: string) => ({ kind: "failure" as const, detail, message });

export type PlainRequest = Omit<BunFetchRequestInit, "headers"> & { headers?: Record<string, string> };

/**
 * A request that reaches this host only: a redirect or a proxy would pass the key on. Not compressed, since a small
 * answer could unpack to any size. On a connection of its own: the peer may close a kept one while a request is sent,
 * and requests are not repeated.
 */
export const fetchPlain = async (fetch: Fetch, url: string, { headers, ...init }: PlainRequest): Promise<Response> =>
  fetch(url, {
    ...init,
    headers: { ...headers, "Accept-Encoding": "identity" },
    decompress: false,
    redirect: "manual",
    proxy: false,
    keepalive: false,
  });

/** One request; of a long answer only the beginning is read. The function that it returns never throws. */
export const createRequest =
  ({ fetch, clock, timeoutMs }: { fetch: Fetch; clock: Clock; timeoutMs: number }) =>
  async (url: string, { maxAnswerBytes, ...request }: PlainRequest & { maxAnswerBytes: number }) => {
    const timeout = new AbortController();
    const cancelTimer = clock.schedule(timeoutMs, () => timeout.abort());
    const signal = AbortSignal.any([timeout.signal, ...(request.signal ? [request.signal] : [])]);
    try {
      const response = await fetchPlain(fetch, url, { ...request, signal });
      const { bytes } = await readBody(response.body, maxAnswerBytes);
      const { status, headers } = response;
      // Without a byte order mark.
      return { kind: "answer", status, headers, text: new TextDecoder().decode(bytes) } as const;
    } catch (error) {
      if (!timeout.signal.aborted) return failureOf(error);
      return failure("timeout", `no complete answer within ${timeoutMs / 1000} s`);
    } finally {
      cancelTimer();
    }
  };

export type Request = ReturnType<typeof createRequest>;
export type HttpAnswer = Extract<Awaited<ReturnType<Request>>, { kind: "answer" }>;

/** Error codes of Bun's fetch, measured against real sockets, and the system's codes it passes on. */
const codes: Readonly<Record<string, NetworkFault>> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "refused",
  ENETUNREACH: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ETIMEDOUT: "timeout",
  EPROTO: "tls_failed",
};
/** OpenSSL's names for what is wrong with a certificate, and Bun's for a wrong name in it. */
const CERTIFICATE_FAULT = /CERT|SELF_SIGNED|LEAF_SIGNATURE|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE/;
const BUN_ADVICE = / For more information, pass `verbose: true`.*$/s;

/** Classifies what `fetch`, or reading its body, threw. Without a known code, what answered was not HTTP. */
export const failureOf = (error: unknown) => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const message = messageOf(error).replace(BUN_ADVICE, "");
  if (CERTIFICATE_FAULT.test(code)) return failure("certificate", `${code}: ${message}`);
  return failure(codes[code] ?? "unexpected_answer", message);
};

/** For what we parse ourselves; callers get every byte. */
const ANSWER_BOUNDS = { values: 5000, depth: 100, steps: 500_000 };

/** undefined for text that is not JSON. */
export const jsonIn = (text: string): unknown => attempt(() => JSON.parse(boundJson(text, ANSWER_BOUNDS)), undefined);

/** The longest wait that a Retry-After can cause. */
export const MAX_RETRY_AFTER_SECONDS = 3600;

/** RFC 9110: seconds, or a date. */
export const retryAfterOf = ({ headers }: Pick<Response, "headers">, clock: Clock): number | undefined => {
  const header = headers.get("retry-after");
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - clock.now().getTime()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, Math.ceil(seconds)), MAX_RETRY_AFTER_SECONDS);
};

/** Reads a body up to `maxBytes`, regardless of Content-Length, and cancels the rest. */
export const readBody = async (chunks: AsyncIterable<Uint8Array> | null, maxBytes: number) => {
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks ?? []) {
    read.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return { bytes: Buffer.concat(read, Math.min(size, maxBytes)), isWhole: size <= maxBytes };
};

/** Whether an address to bind, or the name in a Host header, means this machine only. */
export const isLoopback = (host: string): boolean => /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/i.test(host);

export const isWildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** The bound address as the host of a URL; a wildcard cannot be visited. */
export const urlHostOf = (boundHost: string): string => {
  if (isWildcard(boundHost)) return "127.0.0.1";
  return boundHost.includes(":") ? `[${boundHost}]` : boundHost;
};
