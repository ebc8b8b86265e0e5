import type { Clock } from "@/lib/clock.ts";

const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** Idempotency keys older than this count no more. */
export const keysSince = (clock: Clock): Date => new Date(clock.now().getTime() - KEY_LIFETIME_MS);
