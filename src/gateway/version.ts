import { z } from "zod";
import { jsonIn } from "@/lib/http.ts";
import type { GatewayClient } from "./client.ts";
import type { SidecarView } from "./view.ts";

/** Newer versions name themselves here, for their own web page; 2026.2.9 answers with that page's HTML. */
const VERSION_PATH = "/control-ui-config.json";
const MAX_ANSWER_BYTES = 16 * 1024;

/** Published for every version below. */
const FIXED_IN = "2026.2.14";
/** npm does not offer 2026.2.14; this one is what `bun run test:docker` upgrades to. */
export const UPGRADE_TO = "2026.9.6";
const ADVISORIES = ["GHSA-943q-mwmv-hhvh", "CVE-2026-28463"];

const UiConfig = z.object({ serverVersion: z.string().regex(/^[\w.+-]{1,40}$/) });

interface VersionReaderOptions {
  client: Pick<GatewayClient, "get">;
  pinnedVersion: string;
  startup: () => SidecarView["startup"];
}

export const createVersionReader = ({ client, pinnedVersion, startup }: VersionReaderOptions) => {
  /** undefined while unknown, null when the gateway does not name its version. */
  let running: string | null | undefined;

  return {
    /** Reads the version once while the gateway is up; forgets it when it is down. */
    async refresh(isUp: boolean, signal: AbortSignal): Promise<void> {
      if (!isUp) running = undefined;
      if (!isUp || running !== undefined) return;
      const outcome = await client.get(VERSION_PATH, MAX_ANSWER_BYTES, signal);
      if (outcome.kind !== "answer") return;
      const config = UiConfig.safeParse(outcome.status === 200 && jsonIn(outcome.text)).data;
      running = config?.serverVersion ?? null;
    },
    view: () => toSidecarView(pinnedVersion, running ?? null, startup()),
  };
};

export type VersionReader = ReturnType<typeof createVersionReader>;

export const toSidecarView = (
  pinned_version: string,
  running_version: string | null,
  startup: SidecarView["startup"],
): SidecarView => {
  const version = running_version ?? pinned_version;
  return {
    pinned_version,
    running_version,
    version,
    version_source: running_version === null ? "pin" : "gateway",
    below_advisories: isBelow(version, FIXED_IN),
    fixed_in: FIXED_IN,
    advisories: ADVISORIES,
    startup,
  };
};

/** null for a tag such as `latest`. */
export const isBelow = (version: string, fixed: string): boolean | null => {
  if (!/^\d+\.\d+\.\d+/.test(version)) return null;
  // A number after a dash is a rebuild, not a pre-release.
  return Bun.semver.order(version.replace(/-\d+$/, ""), fixed) < 0;
};
