import type { Context, MiddlewareHandler } from "hono";
import { AppError } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";

/** Above the largest body that a route accepts; each route has a limit of its own. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** The server itself takes no more than 16 KiB of URL and headers. */
const MAX_URL_CHARS = 8 * 1024;

/** What the bodies of all requests hold, until each is answered: the relay's queue holds up to 32 MiB. */
const MAX_HELD_MIB = 48;
/** Slow large bodies do not shut out small ones. */
const SMALL_BODY_BYTES = 64 * 1024;
const MAX_HELD_WITH_SMALL_MIB = 64;

/** Rejects by the length of the URL or by Content-Length, before the body is read, and counts what is held of it. */
export const sizeGuard = (): MiddlewareHandler<AppEnv> => {
  let heldByAll = 0;
  return async function sizeGuard(c, next) {
    if (c.req.url.length > MAX_URL_CHARS) throw new AppError("uri_too_long", { limit: MAX_URL_CHARS });
    if (Number(c.req.header("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES);
    let held = 0;
    c.set("holdBytes", (bytes) => {
      held += bytes;
      heldByAll += bytes;
      const limit = held > SMALL_BODY_BYTES ? MAX_HELD_MIB : MAX_HELD_WITH_SMALL_MIB;
      if (heldByAll > limit * 1024 * 1024) throw new AppError("too_busy", { limit: `${limit} MiB` });
    });
    try {
      await next();
    } finally {
      heldByAll -= held;
    }
  };
};

/** Holds no more than `maxBytes`, even of a body in chunks. @throws AppError `payload_too_large` or `too_busy`. */
export const readBody = async (c: Context<AppEnv>, maxBytes: number): Promise<Buffer<ArrayBuffer>> => {
  const request = c.req.raw;
  if (Number(request.headers.get("content-length")) > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      c.var.holdBytes(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    // The client disconnected halfway; nobody reads the answer.
    if (request.signal.aborted) throw new AppError("invalid_json", { reason: "the body was cut off" });
    throw error;
  }
  await c.var.turns();
  return Buffer.concat(chunks, size);
};

const tooLarge = (limit: number) => new AppError("payload_too_large", { limit });

export type Form = Awaited<ReturnType<Response["formData"]>>;

/** 8 MiB of `a=&` take 1.4 s to decode (measured). Files come in the other form. */
const MAX_URLENCODED_BYTES = 256 * 1024;

/** 120,000 empty fields take 170 ms to decode (measured); no form of ours has a dozen. */
const MAX_FIELDS = 100;

const FORM_TYPE = /^(?:(multipart\/form-data)|application\/x-www-form-urlencoded)\s*(?:;|$)/i;

/** Reads a browser's form of at most `maxBytes`. @throws AppError if the body is larger or is not a form. */
export const readForm = async (c: Context<AppEnv>, { maxBytes }: { maxBytes: number }): Promise<Form> => {
  const contentType = c.req.header("content-type") ?? "";
  const type = FORM_TYPE.exec(contentType);
  if (!type) throw new AppError("unsupported_media_type");
  const bytes = await readBody(c, type[1] ? maxBytes : Math.min(maxBytes, MAX_URLENCODED_BYTES));
  await c.var.turns();
  const [, boundary] = /boundary="?([^";]+)/i.exec(contentType) ?? [];
  // One stands before each field, and one behind the last.
  const delimiters = boundary ? bytes.toString("latin1").split(`--${boundary}`, MAX_FIELDS + 3).length - 1 : 0;
  if (delimiters > MAX_FIELDS + 1) throw new AppError("invalid_request", { fields: "form" });
  try {
    return await new Response(bytes, { headers: { "content-type": contentType } }).formData();
  } catch {
    throw new AppError("invalid_request", { fields: "form" });
  }
};

/** A text field; "" if it is missing or a file. */
export const textOf = (form: Form, name: string): string => {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
};
