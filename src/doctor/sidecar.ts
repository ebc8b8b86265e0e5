import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { foreignFolder } from "@/gateway/sidecar.ts";
import { attempt } from "@/lib/errors.ts";
import { OLD_SIDECAR_FOLDER, SIDECAR_FOLDERS } from "@/lib/paths.ts";
import { listProcesses, readEnvironment, readText } from "@/lib/proc.ts";
import { UNIT_FOLDER } from "@/systemd/units.ts";
import type { DoctorContext } from "./context.ts";
import { type Found, fail, warn } from "./finding.ts";
import { isPredecessor, runsInDocker } from "./proc.ts";
import { moveAside, quote, setVariable } from "./shell.ts";

/** The gateway's folders, and what still belongs to the predecessor or to an earlier release. */
export const checkSidecarHost = (context: DoctorContext): Found[] => [
  checkFolders(context),
  checkUser(context),
  checkContainer(),
  ...checkUnits(),
];

const hasFiles = (folder: string): boolean =>
  attempt(() => readdirSync(folder, { recursive: true, withFileTypes: true }), []).some(
    (entry) => !entry.isDirectory(),
  );

const checkFolders = ({ config: { root } }: DoctorContext): Found => {
  const path = join(root, "data", OLD_SIDECAR_FOLDER);
  if (!existsSync(path)) return undefined;
  const kept = SIDECAR_FOLDERS.slice(0, 2)
    .map((name) => join(root, "data", name))
    .filter(hasFiles);
  if (kept.length > 0) return warn("sidecar_folder_left", { path, kept: kept.join(" ") }, moveAside(path));
  return fail("sidecar_folder_earlier", { path }, "deploy/openclaw-gateway.sh --prepare && {gateway_up}");
};

/** The container's user must own what the gateway writes. */
const checkUser = ({ config: { root, environment }, envPath, hasGatewayInDocker }: DoctorContext): Found => {
  const foreign = hasGatewayInDocker && foreignFolder(root, environment);
  if (!foreign) return undefined;
  return fail("sidecar_user", foreign, `${setVariable(envPath, "OPENCLAW_USER", foreign.owner)} && {gateway_up}`);
};

/** Ours has a mark in its environment. */
const checkContainer = (): Found => {
  const other = listProcesses().find(
    ({ pid }) =>
      runsInDocker(pid) !== undefined &&
      /openclaw/.test(readText(`/proc/${pid}/cmdline`)) &&
      !readEnvironment(pid).some((entry) => entry.startsWith("OPENCLAW_IN_CONTAINER=")),
  );
  const id = other && runsInDocker(other.pid)?.slice(0, 12);
  return id && warn("gateway_container_other", { id }, `docker rm -f ${id} && {gateway_up}`);
};

/** It would take our port at the next boot. */
const checkUnits = (): Found[] =>
  attempt(() => readdirSync(join(UNIT_FOLDER, "multi-user.target.wants")), [])
    .filter((unit) => isPredecessor(readText(join(UNIT_FOLDER, unit))))
    .map((unit) => warn("predecessor_unit", { unit }, `sudo systemctl disable --now ${quote(unit)}`));
