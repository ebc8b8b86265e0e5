import type { MiddlewareHandler } from "hono";
import { AppError } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";

/** Bounds how many requests of one kind run at a time, since each costs memory or a connection. */
export const createConcurrencyLimit = (limit: number) => {
  let active = 0;
  return {
    /** @throws AppError `too_busy` if the limit is reached; the result is `release`, to be called once. */
    acquire(): () => void {
      if (active >= limit) throw new AppError("too_busy", { limit });
      active++;
      return () => {
        active--;
      };
    },
    active: () => active,
  };
};

export type ConcurrencyLimit = ReturnType<typeof createConcurrencyLimit>;

/** Counts the request against the limit until it is answered. */
export const limitConcurrency = (limit: ConcurrencyLimit): MiddlewareHandler<AppEnv> =>
  async function limitConcurrency(_c, next) {
    const release = limit.acquire();
    try {
      await next();
    } finally {
      release();
    }
  };
