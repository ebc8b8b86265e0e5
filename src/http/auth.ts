import type { MiddlewareHandler } from "hono";
import { AppError } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";
import { createSecretCheck } from "./secret.ts";
import { sourceOf } from "./source.ts";
import type { Throttle } from "./throttle.ts";

/** Several headers arrive as one, joined so; no token has a blank in it. */
const REPEATED = /,\s*\S+\s/;

interface BearerOptions {
  /** "" when none is configured: every request is then refused. */
  token: string;
  throttle: Throttle;
}

/**
 * Bearer authentication by the contract's reading: the scheme in any case, exactly one space, then the token,
 * both sides trimmed.
 * A header that occurs twice is refused: which of the two counts is what smuggling lives on.
 */
export const bearer = ({ token, throttle }: BearerOptions): MiddlewareHandler<AppEnv> => {
  const isToken = createSecretCheck(token);
  return async function bearer(c, next) {
    if (token === "") throw new AppError("auth_not_configured");
    const header = c.req.header("authorization")?.trim() ?? "";
    if (REPEATED.test(header)) throw new AppError("auth_repeated");
    const given = /^bearer (.*)$/i.exec(header)?.[1]?.trim();
    if (!given) throw new AppError("auth_missing");
    if (!isToken(given)) {
      await throttle.failed(sourceOf(c));
      throw new AppError("auth_invalid");
    }
    await next();
  };
};
