import { z } from "zod";
import type { Clock } from "@/lib/clock.ts";
import { jsonIn, retryAfterOf } from "@/lib/http.ts";
import { firstChars } from "@/lib/text.ts";
import type { ProbeDetail } from "./classify.ts";
import { isFailureText } from "./failure-texts.ts";

export const MAX_MESSAGE_CHARS = 200;

const word = z.string().optional().catch(undefined);
const ErrorBody = z.object({ type: word, code: word, message: word });
/** As a string, it is a code (RFC 6749), or a proxy's words. */
const ErrorOrCode = z.union([ErrorBody, z.string().transform((code): z.output<typeof ErrorBody> => ({ code }))]);
const OutputItem = z.object({ content: z.array(z.object({ text: z.string() }).catch({ text: "" })) });

/** A response object (`object` is "response") or an error. A field of another shape counts as absent. */
export const AnswerBody = z.object({
  object: word,
  id: word,
  model: word,
  created_at: z.number().optional().catch(undefined),
  status: word,
  error: ErrorOrCode.optional().catch(undefined),
  usage: z.object({ total_tokens: z.number() }).optional().catch(undefined),
  output: z.array(OutputItem.catch({ content: [] })).catch([]),
});
export type AnswerBody = z.output<typeof AnswerBody>;

/** The data of an event in a stream. */
export const EventData = ErrorBody.extend({
  response: AnswerBody.optional().catch(undefined),
  error: ErrorBody.optional().catch(undefined),
});
export type EventData = z.output<typeof EventData>;

export type GatewayFailure = { kind: "failure"; detail: ProbeDetail; message: string };

export type GatewayOutcome =
  | GatewayAnswer
  | GatewayFailure
  /** Not sent: the breaker is open. */
  | { kind: "circuit_open"; retryAfterSeconds: number }
  /** Ended by the caller's signal. */
  | { kind: "aborted" };

type Head = Pick<Response, "status" | "headers">;

/** @param text the beginning of the body, masked; "" while only the head has come. @param sentTo the address. */
export const toAnswer = (head: Head, text: string, sentTo: string, clock: Clock) => {
  const contentType = head.headers.get("content-type") ?? "";
  return {
    kind: "answer" as const,
    status: head.status,
    mediaType: mediaTypeOf(contentType),
    retryAfterSeconds: retryAfterOf(head, clock),
    challenge: head.headers.get("www-authenticate") ?? "",
    /** What something in front of the gateway demands: TLS, or a login of its own. */
    demand: demandOf(sentTo, head, text),
    text,
    body: bodyOf(contentType, text),
  };
};

export type GatewayAnswer = ReturnType<typeof toAnswer>;

/** undefined for anything but a JSON object. */
export const bodyOf = (contentType: string, text: string): AnswerBody | undefined =>
  mediaTypeOf(contentType) === "application/json" ? AnswerBody.safeParse(jsonIn(text)).data : undefined;

/** The pages of nginx (ngx_http_special_response.c), Go (net/http) and Apache (mod_ssl) for HTTP on a TLS port. */
const WANTS_TLS =
  /<title>400 The plain HTTP request was sent to HTTPS port<|^Client sent an HTTP request to an HTTPS server\.\s*$|You're speaking plain HTTP to an SSL-enabled server port/;
/** Paths and parameters of OAuth, SAML, oauth2-proxy, Authelia, Cloudflare Access and login pages. */
const LOGIN = /\b(?:log|sign)[-_]?[io]n\b|oauth|openid|saml|\bauthorize\b|[?&](?:rd|redirect_ur[il])=/i;

const demandOf = (sentTo: string, { status, headers }: Head, text: string): "tls" | "login" | "" => {
  const isPlain = sentTo.startsWith("http:");
  if (status === 400) return isPlain && WANTS_TLS.test(text) ? "tls" : "";
  const target = status >= 300 && status < 400 ? URL.parse(headers.get("location") ?? "", sentTo) : null;
  if (!target) return "";
  if (LOGIN.test(target.pathname + target.search)) return "login";
  const isSamePlace = status === 301 || status === 308 || target.pathname === new URL(sentTo).pathname;
  return isPlain && target.protocol === "https:" && isSamePlace ? "tls" : "";
};

/** "Application/JSON; charset=utf-8" -> "application/json". */
export const mediaTypeOf = (contentType: string): string => contentType.split(";")[0]?.trim().toLowerCase() ?? "";

/** The beginning of an error's message, or of a response's text; "" without either. */
export const messageIn = (body: AnswerBody | undefined): string =>
  firstChars(body?.error?.message ?? textOf(body), MAX_MESSAGE_CHARS);

const textOf = (body: AnswerBody | undefined): string =>
  body?.output.flatMap(({ content }) => content.map(({ text }) => text)).join("") ?? "";

export const isModelFailure = (body: AnswerBody): boolean =>
  body.status === "failed" || isFailureText(textOf(body), (body.usage?.total_tokens ?? 0) > 0);
