import type { Context } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { pageAddress } from "@/http/web-auth.ts";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import type { Frame } from "@/views/frame.ts";

/** Of a page behind `pageLocale` and one of the guards of `web-auth.ts`. */
export const createFrames =
  (clock: Clock) =>
  (c: Context<AppEnv>): Frame => ({
    locale: c.var.locale,
    address: pageAddress(c),
    viewer: c.var.viewer,
    now: toTimestamp(clock.now()),
  });

export type FrameOf = ReturnType<typeof createFrames>;
