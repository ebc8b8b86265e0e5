import type { Clock } from "./clock.ts";

/** `read`, at most once in `ttlMs`; in between its last value is returned. A read that throws is not kept. */
export const cached = <Value>({ ttlMs, clock }: { ttlMs: number; clock: Clock }, read: () => Value): (() => Value) => {
  let kept: { value: Value; untilMs: number } | undefined;
  return () => {
    const nowMs = clock.monotonicMs();
    if (!kept || nowMs >= kept.untilMs) kept = { value: read(), untilMs: nowMs + ttlMs };
    return kept.value;
  };
};
