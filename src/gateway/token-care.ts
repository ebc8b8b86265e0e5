import type { Clock } from "@/lib/clock.ts";
import type { ProbeErrorType } from "./view.ts";

/**
 * Ten wrong tokens within a minute lock our address out of the gateway for five, and the right token with it (2026.9.6).
 * A refused token is believed for a little more than that minute.
 */
const BELIEVED_MS = 65_000;

export interface TokenCare {
  /** Hears of every answer that the gateway gave to our token. */
  learn(errorType: ProbeErrorType): void;
  /** For how long nothing should be sent with it; undefined when it may be tried. */
  heldForSeconds(): number | undefined;
}

/** Keeps the gateway's lock-out from happening, however often a caller tries again. */
export const createTokenCare = ({ clock }: { clock: Clock }): TokenCare => {
  let heldUntilMs = 0;
  return {
    learn(errorType) {
      heldUntilMs = errorType === "auth_failed" ? clock.monotonicMs() + BELIEVED_MS : 0;
    },
    heldForSeconds() {
      const leftMs = heldUntilMs - clock.monotonicMs();
      return leftMs > 0 ? Math.ceil(leftMs / 1000) : undefined;
    },
  };
};
