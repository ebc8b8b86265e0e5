import { join } from "node:path";
import type { Clock } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";
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
