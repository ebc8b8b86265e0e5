import type { Clock } from "./clock.ts";

/**
 * `read`, at most once in `ttlMs` and after `clear`; in between its last value is returned. A read that throws is not
 * kept.
 */
export const cached = <Value>({ ttlMs, clock }: { ttlMs: number; clock: Clock }, read: () => Value) => {
  let kept: { value: Value; untilMs: number } | undefined;
  const get = (): Value => {
    const nowMs = clock.monotonicMs();
    if (!kept || nowMs >= kept.untilMs) kept = { value: read(), untilMs: nowMs + ttlMs };
    return kept.value;
  };
  const clear = () => {
    kept = undefined;
  };
  return Object.assign(get, { clear });
};
