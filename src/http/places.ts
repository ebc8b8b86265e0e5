import type { MiddlewareHandler } from "hono";
import { AppError } from "@/lib/errors.ts";
import { described } from "./described.ts";
import type { AppEnv } from "./env.ts";

/** Bounds how many of something that costs memory or a connection go on at one time. */
export const createPlaces = (limit: number) => {
  let taken = 0;
  return {
    /**
     * @returns what gives the place back, to be called in the end; once more does no harm.
     * @throws AppError `too_busy` when none is free.
     */
    take(): () => void {
      if (taken >= limit) throw new AppError("too_busy", { limit });
      taken++;
      let isHeld = true;
      return () => {
        if (isHeld) taken--;
        isHeld = false;
      };
    },
    taken: () => taken,
  };
};

export type Places = ReturnType<typeof createPlaces>;

/** Holds a place while the request is handled. */
export const inPlace = (places: Places): MiddlewareHandler<AppEnv> =>
  described(
    async function inPlace(_c, next) {
      const leave = places.take();
      try {
        await next();
      } finally {
        leave();
      }
    },
    { errors: ["too_busy"] },
  );
