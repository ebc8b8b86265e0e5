import type { Context } from "hono";
import type { Clock } from "@/lib/clock.ts";
import { sourceOf } from "./auth.ts";
import type { AppEnv } from "./env.ts";

/** A source may write this many records at once, then one every ten seconds; all sources together four times that. */
const BURST = 60;
const REFILL_MS = 10_000;
const SOURCES_AT_ONCE = 4;
const MAX_SOURCES = 256;

interface Bucket {
  left: number;
  atMs: number;
}

interface RecordLimitOptions {
  clock: Clock;
  /** Records of those who have shown the token or a session: never left out, or bounded as one source. */
  ofClients?: "unbounded" | "bounded";
}

/**
 * Bounds the records that anybody can cause, so that a flood of requests does not rotate the others out of a log. What
 * is left out is counted in the next record.
 */
export const createRecordLimit = ({ clock, ofClients = "unbounded" }: RecordLimitOptions) => {
  const all: Bucket = { left: BURST * SOURCES_AT_ONCE, atMs: clock.monotonicMs() };
  /** Least recently used first. */
  const sources = new Map<string, Bucket>();
  let suppressed = 0;

  const refill = (bucket: Bucket, share: number): Bucket => {
    const nowMs = clock.monotonicMs();
    bucket.left = Math.min(BURST * share, bucket.left + ((nowMs - bucket.atMs) / REFILL_MS) * share);
    bucket.atMs = nowMs;
    return bucket;
  };

  const bucketOf = (source: string): Bucket => {
    const [oldest] = sources.keys();
    if (sources.size >= MAX_SOURCES && oldest !== undefined && !sources.has(source)) sources.delete(oldest);
    const bucket = refill(sources.get(source) ?? { left: BURST, atMs: clock.monotonicMs() }, 1);
    sources.delete(source);
    sources.set(source, bucket);
    return bucket;
  };

  const bucketsOf = (c: Context<AppEnv>): Bucket[] => {
    if (!c.var.isAuthenticated) return [refill(all, SOURCES_AT_ONCE), bucketOf(sourceOf(c))];
    return ofClients === "bounded" ? [bucketOf("clients")] : [];
  };

  return {
    /** @returns what to add to the record; undefined when it is not to be written. */
    admit(c: Context<AppEnv>): { suppressed_before?: number } | undefined {
      const needed = bucketsOf(c);
      if (needed.some(({ left }) => left < 1)) {
        suppressed++;
        return undefined;
      }
      for (const bucket of needed) bucket.left--;
      const before = suppressed;
      suppressed = 0;
      return before > 0 ? { suppressed_before: before } : {};
    },
  };
};

export type RecordLimit = ReturnType<typeof createRecordLimit>;

const MAX_PATH_CHARS = 256;

/** Masked before it is cut, so that no part of a secret is left. */
export const shortPath = (path: string, redact: (text: string) => string): string =>
  redact(path.slice(0, 2 * MAX_PATH_CHARS)).slice(0, MAX_PATH_CHARS);
