import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type AppError, type ErrorCode, type ErrorRow, errors } from "@/lib/errors.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import type { AppEnv } from "./env.ts";

const rows: Readonly<Record<ErrorCode, ErrorRow>> = errors;

/** The code a client sees. */
export const wireCodeOf = (code: ErrorCode): string => rows[code].wireCode ?? code;

export const statusOf = (code: ErrorCode): ContentfulStatusCode => errors[code].status;

/** The seconds for `Retry-After`, if they depend on the code alone. */
export const retryAfterOf = (code: ErrorCode): number | undefined => rows[code].retryAfterSeconds;

/** What happened, and what to do about it. */
export const errorText = ({ code, detail }: AppError, locale: Locale): { text: string; fix: string } => {
  const t = translate(locale);
  return { text: t(`error.${code}.text`, detail), fix: t(`error.${code}.fix`, detail) };
};

/** The headers of an error, also on pages. */
export const setErrorHeaders = (c: Context<AppEnv>, error: AppError): void => {
  const status = statusOf(error.code);
  const retryAfterSeconds = error.detail.retryAfterSeconds ?? retryAfterOf(error.code);
  if (status === 401) c.header("WWW-Authenticate", "Bearer");
  // The rest of the body is not read.
  if (status === 413 || error.code === "too_busy") c.header("Connection", "close");
  if (retryAfterSeconds !== undefined) c.header("Retry-After", String(retryAfterSeconds));
};

/** The error envelope, in the caller's language; `hint` is the next step. */
export const errorResponse = (c: Context<AppEnv>, error: AppError, extra: object = {}): Response => {
  const { text, fix } = errorText(error, c.var.locale);
  setErrorHeaders(c, error);
  return c.json(
    {
      ok: false,
      trace_id: c.var.requestId,
      error_code: wireCodeOf(error.code),
      error: text,
      hint: fix,
      ...extra,
    },
    statusOf(error.code),
  );
};

/** The success envelope around a route's own keys. */
export const ok = <Body extends object>(c: Context<AppEnv>, body: Body) =>
  c.json({ ok: true, trace_id: c.var.requestId, ...body });

/** For a slow reader Bun keeps a copy of a whole answer, but only one part of a stream (measured). */
const PART_BYTES = 64 * 1024;

export const inParts = (...buffers: Uint8Array<ArrayBuffer>[]) => {
  if (buffers.reduce((sum, { length }) => sum + length, 0) <= PART_BYTES) return Buffer.concat(buffers);
  const parts = function* () {
    for (const bytes of buffers) {
      for (let at = 0; at < bytes.length; at += PART_BYTES) yield bytes.subarray(at, at + PART_BYTES);
    }
  };
  const rest = parts();
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const { value } = rest.next();
    if (value) controller.enqueue(value);
    else controller.close();
  };
  return new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
};

/** `ok` around an object that is serialized already. */
export const okJson = <Body extends object>(c: Context<AppEnv>, json: Buffer<ArrayBuffer>) => {
  const envelope = Buffer.from(`{"ok":true,"trace_id":${JSON.stringify(c.var.requestId)},`);
  const body = inParts(envelope, json.subarray(1));
  return c.body(body, 200, { "Content-Type": "application/json" }) as unknown as ReturnType<typeof ok<Body>>;
};

/** Hides a reply in another format, chosen by a query parameter, from the types of the client, which never chooses it. */
export const inOtherForm = (response: Response): never => response as never;
