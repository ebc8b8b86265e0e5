import type { Context, MiddlewareHandler } from "hono";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import type { MemoryGate, WorkKind } from "@/gates/memory.ts";
import { newTraceId } from "@/lib/identity.ts";
import type { Turns } from "@/lib/turns.ts";
import { negotiateLocale } from "@/locales/translate.ts";
import type { AppEnv } from "./env.ts";

const ACCEPTED_TRACE_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * The trace id: the caller's `X-Trace-Id` if it is harmless and no secret, else a fresh one; every response carries it.
 * Hono's own check rejects "." and ":", which the contract allows, so `limitLength: 0` leaves the check to the generator.
 */
export const traceId = (redact: (text: string) => string = String) =>
  requestId({
    headerName: "X-Trace-Id",
    limitLength: 0,
    generator: (c) => {
      const sent = c.req.header("x-trace-id") ?? "";
      return ACCEPTED_TRACE_ID.test(sent) && redact(sent) === sent ? sent : newTraceId();
    },
  });

/** Delays a request until a turn of the event loop has time left for it. */
export const takeTurns = (turns: Turns): MiddlewareHandler<AppEnv> =>
  async function takeTurns(c, next) {
    c.set("turns", turns);
    await turns();
    await next();
  };

/** The language of JSON errors; pages refine it by `pageLocale`. */
export const requestLocale = (): MiddlewareHandler<AppEnv> =>
  async function requestLocale(c, next) {
    c.set("locale", negotiateLocale(c.req.header("accept-language")));
    await next();
  };

/** Pages load only our own stylesheet, script and icon, and connect only to us. @param inlineStyle the hash of one. */
export const securityHeaders = (inlineStyle: string) =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'", inlineStyle],
      scriptSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
    // With a stricter one browsers send `Origin: null` with our own forms, which the origin guard rejects.
    referrerPolicy: "same-origin",
    // The service speaks HTTP; TLS is the proxy's.
    strictTransportSecurity: false,
    xFrameOptions: "DENY",
  });

/**
 * Forbids caching, unless the route sets a Cache-Control of its own. Streams also forbid proxies to collect or compress
 * them: nginx (Debian 12, its defaults) holds one back to its end otherwise.
 */
export const noStore = (): MiddlewareHandler<AppEnv> =>
  async function noStore(c, next) {
    await next();
    const { headers } = c.res;
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
    if (!headers.get("Content-Type")?.startsWith("text/event-stream")) return;
    headers.append("Cache-Control", "no-transform");
    headers.set("X-Accel-Buffering", "no");
  };

/** Lifts the server's idle timeout, for responses that may be silent for longer and have timeouts of their own. */
export const keepOpen = (c: Context<AppEnv>): void => c.env?.keepOpen?.();

/** Rejects this kind of work while memory is low, before the body is read. */
export const requireMemory = (memoryGate: MemoryGate, kind: WorkKind): MiddlewareHandler<AppEnv> =>
  async function requireMemory(_c, next) {
    memoryGate.check(kind);
    await next();
  };
