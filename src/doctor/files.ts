import { accessSync, constants, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { attempt } from "@/lib/errors.ts";
import { isOurFolder, SHARED_MODE } from "@/lib/file-permissions.ts";
import { statsOf } from "@/lib/paths.ts";
import { readRegular } from "@/lib/regular-file.ts";
import type { DoctorContext } from "./context.ts";
import { type Finding, type Found, fail, ok, orElse, warn } from "./finding.ts";
import { dropVariables, moveAside, quote } from "./shell.ts";

/** Our folders, and the files in them that only the service may read; a missing one is created when it is needed. */
export const checkFiles = ({ config, envPath, environment }: DoctorContext): Finding[] => {
  const { root, dbPath, logDir, auditPath, backup } = config;
  const folders = new Map([
    [dirname(dbPath), "BACKEND_DB_PATH"],
    [dirname(auditPath), "BACKEND_AUDIT_PATH"],
    [logDir, "BACKEND_LOG_DIR"],
    [backup.folder, "BACKUP_DIR"],
  ]);
  const files = new Map([
    [dbPath, "BACKEND_DB_PATH"],
    [auditPath, "BACKEND_AUDIT_PATH"],
    [join(logDir, "backend.log"), "BACKEND_LOG_DIR"],
  ]);
  /** What is elsewhere is not ours to move: it may be a device of the host. */
  const freePath = (path: string, setting: string) => {
    if (isOurFolder(root, path)) return moveAside(path);
    return environment[setting] === undefined ? dropVariables(envPath, [setting]) : `unset ${setting}`;
  };
  const found = [
    ...Array.from(folders, ([path, setting]) => checkFolder(root, path, freePath(path, setting))),
    ...Array.from(files, ([path, setting]) => checkFile(path, freePath(path, setting))),
  ];
  return orElse(found, ok("files_ok", { folders: [...folders.keys()].join(" ") }));
};

const checkFolder = (root: string, path: string, freePath: string): Found => {
  const stats = statsOf(path);
  if (!stats) return undefined;
  if (!stats.isDirectory()) return fail("folder_is_file", { path }, freePath);
  const word = quote(path);
  const isUsable = attempt(() => accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK) ?? true, false);
  if (!isUsable) return fail("folder_locked", { path }, `sudo chown -R "$(id -un)" ${word} && chmod u+rwx ${word}`);
  const mode = isOurFolder(root, path) && sharedModeOf(path);
  return mode && warn("folder_open", { path, mode }, `chmod 700 ${word}`);
};

const checkFile = (path: string, freePath: string): Found => {
  const stats = statsOf(path);
  if (!stats) return undefined;
  if (!stats.isFile()) return fail("file_is_folder", { path }, freePath);
  const mode = sharedModeOf(path);
  return mode && warn("file_open", { path, mode }, `chmod 600 ${quote(path)}`);
};

/** The mode of a file or folder that is open to others; undefined for a private one. */
export const sharedModeOf = (path: string): string | undefined => {
  const mode = (statsOf(path)?.mode ?? 0) & 0o777;
  return (mode & SHARED_MODE) === 0 ? undefined : mode.toString(8);
};

const COMPOSE_FILE = "openclaw_sidecar.compose.yml";
const CONFIG_FILE = "openclaw_sidecar.config.json5";
const MAX_FILE_BYTES = 1024 * 1024;

const Compose = z.object({
  services: z.object({ "openclaw-gateway": z.object({ ports: z.array(z.string()).default([]) }) }),
});
const SidecarConfig = z.object({
  gateway: z.object({ http: z.object({ endpoints: z.object({ responses: z.object({ enabled: z.boolean() }) }) }) }),
});

/** The two files that the gateway is started with. */
export const checkSidecarFiles = ({ config: { root } }: DoctorContext): Finding[] => {
  const [path, configPath] = [join(root, COMPOSE_FILE), join(root, CONFIG_FILE)];
  const compose = attempt(() => Compose.parse(Bun.YAML.parse(readRegular(path, MAX_FILE_BYTES))), undefined);
  const config = attempt(
    () => SidecarConfig.parse(Bun.JSON5.parse(readRegular(configPath, MAX_FILE_BYTES))),
    undefined,
  );
  const ports =
    compose?.services["openclaw-gateway"].ports.filter((port) => !/^(?:127\.0\.0\.1|\[::1\]):/.test(port)) ?? [];
  const close = `sed -i -E 's/^( *- *"?)(0\\.0\\.0\\.0:)?([0-9]+:18789)/\\1127.0.0.1:\\3/' ${quote(path)}`;
  const enable = `sed -i -E 's/(responses: *\\{ *enabled: *)false/\\1true/' ${quote(configPath)}`;
  const isOff = config?.gateway.http.endpoints.responses.enabled === false;
  const found = [
    !compose && unusable(root, COMPOSE_FILE),
    ports.length > 0 && warn("compose_open", { path, ports: ports.join(", ") }, close),
    !config && unusable(root, CONFIG_FILE),
    isOff && fail("sidecar_endpoint_off", { path: configPath }, `${enable} && {gateway_restart}`),
  ];
  return orElse(found, ok("sidecar_files_ok", { files: `${COMPOSE_FILE} ${CONFIG_FILE}` }));
};

const unusable = (root: string, file: string): Finding => {
  const path = join(root, file);
  const command = `git -C ${quote(root)} checkout -- ${file}`;
  return existsSync(path)
    ? fail("sidecar_file_broken", { path }, command)
    : warn("sidecar_file_missing", { path }, command);
};
