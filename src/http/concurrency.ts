import type { MiddlewareHandler } from "hono";
import { AppError } from "@/lib/errors.ts";
import type { AppEnv } from "./env.ts";

/** Bounds how many requests of one kind run at a time, since each costs memory or a connection. */
export const createConcurrencyLimit = (limit: number) => {
  let active = 0;
  return {
    /**
     * @returns `release`, which may be called more than once.
     * @throws AppError `too_busy` if the limit is reached.
     */
    acquire(): () => void {
      if (active >= limit) throw new AppError("too_busy", { limit });
      active++;
      let isHeld = true;
      return () => {
        if (isHeld) active--;
        isHeld = false;
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
