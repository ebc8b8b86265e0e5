import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { AppError } from "@/errors.ts";
import type { AppEnv } from "./env.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();

/**
 * Bearer authentication by the contract's reading: the scheme in any case, exactly one space, then the token,
 * both sides trimmed. Digests are compared, so the time taken tells nothing about the token or its length.
 * @param token "" when none is configured: every request is then refused.
 */
export const bearer = (token: string): MiddlewareHandler<AppEnv> => {
  const expected = digest(token);
  return async function bearer(c, next) {
    if (token === "") throw new AppError("auth_not_configured");
    const given = /^bearer (.*)$/i.exec(c.req.header("authorization")?.trim() ?? "")?.[1]?.trim();
    if (!given) throw new AppError("auth_missing");
    if (!timingSafeEqual(digest(given), expected)) throw new AppError("auth_invalid");
    await next();
  };
};
