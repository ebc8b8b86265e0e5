import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "@/lib/clock.ts";
import { type Environment, parseEnvFile, readEnvFile } from "@/lib/env-file.ts";
import { attempt } from "@/lib/errors.ts";
import { jsonIn } from "@/lib/http.ts";
import { SIDECAR_FOLDERS, statsOf } from "@/lib/paths.ts";
import { readRegular } from "@/lib/regular-file.ts";
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

type Startup = SidecarView["startup"];

interface VersionReaderDeps {
  client: Pick<GatewayClient, "get">;
  pinnedVersion: string;
  startup: () => Startup;
}

export const createVersionReader = ({ client, pinnedVersion, startup }: VersionReaderDeps) => {
  /** undefined while unknown, null when the gateway does not name its version. */
  let running: string | null | undefined;

  return {
    /** Reads the version once while the gateway is up; forgets it when it is down. */
    async refresh(isUp: boolean, signal: AbortSignal): Promise<void> {
      if (!isUp) running = undefined;
      if (!isUp || running !== undefined) return;
      const outcome = await client.get(VERSION_PATH, { maxAnswerBytes: MAX_ANSWER_BYTES, signal });
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
  startup: Startup,
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

/** Written by deploy/openclaw-gateway.sh, until it becomes the gateway. */
const STATUS_FILE = "data/openclaw_releases/.status";
/** An install reports every ten seconds. */
const MAX_STATUS_AGE_MS = 60_000;

/** What an install does, or why the gateway cannot be started. */
export const readStartup = (root: string, clock: Clock): Startup => {
  const path = join(root, STATUS_FILE);
  const [, state, message = ""] =
    /^(installing|failed): (.{1,500})$/m.exec(attempt(() => readRegular(path, 4096), "")) ?? [];
  if (state === "failed") return { state, message };
  const isRecent = clock.now().getTime() - (attempt(() => statsOf(path), undefined)?.mtimeMs ?? 0) < MAX_STATUS_AGE_MS;
  return state === "installing" && isRecent ? { state, message } : null;
};

/** Without capabilities the container's root may not write either what is another user's. */
export const foreignFolder = (root: string, { OPENCLAW_USER = "" }: Environment) => {
  const path = join(root, "data", SIDECAR_FOLDERS[0]);
  const stats = statsOf(path);
  const user = OPENCLAW_USER.trim() || "0:0";
  if (!stats || user.split(":")[0] === String(stats.uid)) return undefined;
  return { path, owner: `${stats.uid}:${stats.gid}`, user };
};

/** The same for the container, whose script cannot leave a note in folders of another user. */
export const readContainerStartup = (root: string, envPath: string, clock: Clock): Startup => {
  // As it is now: compose reads it at each `up`.
  const settings = attempt(() => parseEnvFile(readEnvFile(envPath)), {});
  const foreign = foreignFolder(root, settings);
  if (!foreign) return readStartup(root, clock);
  const { path, owner, user } = foreign;
  const message = `${path} belongs to user ${owner}, and the gateway runs as ${user}. Set OPENCLAW_USER=${owner} in .env`;
  return { state: "failed", message };
};
