import { z } from "zod";
import { parseJson } from "@/lib/json.ts";
import type { GatewayClient } from "./client.ts";
import type { SidecarView } from "./view.ts";

/** Where newer versions name themselves, for their own web page; 2026.2.9 answers it with that page's HTML. */
const VERSION_PATH = "/control-ui-config.json";
const MAX_ANSWER_BYTES = 16 * 1024;

/** Published for every version below. */
const FIXED_IN = "2026.2.14";
const ADVISORIES = ["GHSA-943q-mwmv-hhvh", "CVE-2026-28463"] as const;

export interface VersionReader {
  /** Asks the gateway; call it only when it is known to answer. */
  learn(signal: AbortSignal): Promise<void>;
  /** What was learnt may no longer hold: the gateway was away. */
  forget(): void;
  isKnown(): boolean;
  view(): SidecarView;
}

export const createVersionReader = ({
  client,
  pinnedVersion,
}: {
  client: Pick<GatewayClient, "look">;
  pinnedVersion: string;
}): VersionReader => {
  let running: string | null = null;
  let asked = false;

  return {
    async learn(signal) {
      const outcome = await client.look(VERSION_PATH, { maxBytes: MAX_ANSWER_BYTES, signal });
      if (outcome.kind !== "answer") return;
      asked = true;
      running = outcome.status === 200 ? versionIn(outcome.text) : null;
    },
    forget() {
      asked = false;
      running = null;
    },
    isKnown: () => asked,
    view() {
      const version = running ?? pinnedVersion;
      return {
        pinned_version: pinnedVersion,
        running_version: running,
        version,
        version_source: running === null ? "pin" : "gateway",
        below_advisories: isBelow(version, FIXED_IN),
        fixed_in: FIXED_IN,
        advisories: ADVISORIES,
      };
    },
  };
};

const Config = z.object({ serverVersion: z.string().check(z.regex(/^[\w.+-]{1,40}$/)) });

const versionIn = (text: string): string | null => {
  try {
    return Config.safeParse(parseJson(text)).data?.serverVersion ?? null;
  } catch {
    return null;
  }
};

/** Compares calendar versions number by number; null for a tag such as `latest`. */
export const isBelow = (version: string, fixed: string): boolean | null => {
  const [left, right] = [numbersOf(version), numbersOf(fixed)];
  if (!left || !right) return null;
  for (const [at, number] of right.entries()) {
    const difference = (left[at] ?? 0) - number;
    if (difference !== 0) return difference < 0;
  }
  // A pre-release of the fixed version comes before it.
  return /^\d+\.\d+\.\d+-(?!\d)/.test(version);
};

const numbersOf = (version: string): number[] | undefined => /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
