import { join } from "node:path";
import type { Clock } from "@/lib/clock.ts";
import { type Environment, parseEnvFile, readEnvFile } from "@/lib/env-file.ts";
import { attempt } from "@/lib/errors.ts";
import { SIDECAR_FOLDERS, statsOf } from "@/lib/paths.ts";
import { readRegular } from "@/lib/regular-file.ts";
import type { SidecarView } from "./view.ts";

/** Written by deploy/openclaw-gateway.sh, until it becomes the gateway. */
const STATUS_FILE = "data/openclaw_releases/.status";
/** An install reports every ten seconds. */
const MAX_AGE_MS = 60_000;

/** What an install does, or why the gateway cannot be started. */
export const readStartup = (root: string, clock: Clock): SidecarView["startup"] => {
  const path = join(root, STATUS_FILE);
  const [, state, message = ""] =
    /^(installing|failed): (.{1,500})$/m.exec(attempt(() => readRegular(path, 4096), "")) ?? [];
  if (state === "failed") return { state, message };
  const isRecent = clock.now().getTime() - (attempt(() => statsOf(path), undefined)?.mtimeMs ?? 0) < MAX_AGE_MS;
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
export const readContainerStartup = (root: string, envPath: string, clock: Clock): SidecarView["startup"] => {
  // As it is now: compose reads it at each `up`.
  const settings = attempt(() => parseEnvFile(readEnvFile(envPath)), {});
  const foreign = foreignFolder(root, settings);
  if (!foreign) return readStartup(root, clock);
  const { path, owner, user } = foreign;
  const message = `${path} belongs to user ${owner}, and the gateway runs as ${user}. Set OPENCLAW_USER=${owner} in .env`;
  return { state: "failed", message };
};
