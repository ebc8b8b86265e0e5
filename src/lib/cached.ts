import type { Clock } from "./clock.ts";

/** Calls `read` at most once in `ttlMs`, or after `clear`. A read that throws is not kept. */
export const cached = <Value>({ ttlMs, clock }: { ttlMs: number; clock: Clock }, read: () => Value) => {
  let kept: { value: Value; untilMs: number } | undefined;
  const get = (): Value => {
    const nowMs = clock.monotonicMs();
    if (!kept || nowMs >= kept.untilMs) kept = { value: read(), untilMs: nowMs + ttlMs };
    return kept.value;
  };
  return Object.assign(get, {
    clear() {
      kept = undefined;
    },
  });
};
