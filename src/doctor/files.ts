import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { isOurFolder, SHARED_MODE } from "@/lib/file-permissions.ts";
import { statsOf } from "@/lib/paths.ts";
import type { DoctorContext } from "./context.ts";
import { createFindings, type Finding } from "./finding.ts";
import { moveAside, quote } from "./shell.ts";

/** Our folders, and the files in them that only the service may read. */
export const checkFiles = ({ config }: DoctorContext): Finding[] => {
  const { root, dbPath, logDir, auditPath, backup } = config;
  const folders = [...new Set([dirname(dbPath), logDir, dirname(auditPath), backup.folder])];
  const files = [dbPath, auditPath, join(logDir, "backend.log")];
  const findings = [...folders.flatMap((folder) => checkFolder(root, folder)), ...files.flatMap(checkFile)];
  return findings.length > 0 ? findings : [ok("files_ok", { folders: folders.join(" ") })];
};

const checkFolder = (root: string, path: string): Finding[] => {
  const stats = statsOf(path);
  // A missing one is created when it is needed.
  if (!stats) return [];
  if (!stats.isDirectory()) return [fail("folder_is_file", { path }, moveAside(path))];
  const [bits, word] = [stats.mode & 0o777, quote(path)];
  if (!isWritable(path)) {
    return [fail("folder_locked", { path }, `sudo chown -R "$(id -un)" ${word} && chmod u+rwx ${word}`)];
  }
  const isPrivate = (bits & SHARED_MODE) === 0 || !isOurFolder(root, path);
  return isPrivate ? [] : [warn("folder_open", { path, mode: bits.toString(8) }, `chmod 700 ${word}`)];
};

const checkFile = (path: string): Finding[] => {
  const stats = statsOf(path);
  if (!stats) return [];
  if (!stats.isFile()) return [fail("file_is_folder", { path }, moveAside(path))];
  const bits = stats.mode & 0o777;
  const isPrivate = (bits & SHARED_MODE) === 0;
  return isPrivate ? [] : [warn("file_open", { path, mode: bits.toString(8) }, `chmod 600 ${quote(path)}`)];
};

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const COMPOSE_FILE = "openclaw_sidecar.compose.yml";
const CONFIG_FILE = "openclaw_sidecar.config.json5";

const Compose = z.object({ services: z.object({ openclaw: z.object({ ports: z.array(z.string()).default([]) }) }) });
const SidecarConfig = z.object({
  gateway: z.object({ http: z.object({ endpoints: z.object({ responses: z.object({ enabled: z.boolean() }) }) }) }),
});

/** The two files that the gateway is started with. */
export const checkSidecarFiles = ({ config: { root } }: DoctorContext): Finding[] => {
  const findings = [...checkCompose(root), ...checkSidecarConfig(root)];
  return findings.length > 0 ? findings : [ok("sidecar_files_ok", { files: `${COMPOSE_FILE} ${CONFIG_FILE}` })];
};

const checkCompose = (root: string): Finding[] => {
  const path = join(root, COMPOSE_FILE);
  const compose = parseFile(path, Bun.YAML.parse, Compose);
  if (!compose) return [unusable(root, COMPOSE_FILE)];
  const open = compose.services.openclaw.ports.filter((port) => !/^(?:127\.0\.0\.1|\[::1\]):/.test(port));
  const command = `sed -i -E 's/^( *- *"?)(0\\.0\\.0\\.0:)?([0-9]+:18789)/\\1127.0.0.1:\\3/' ${quote(path)}`;
  return open.length > 0 ? [warn("compose_open", { path, ports: open.join(", ") }, command)] : [];
};

const checkSidecarConfig = (root: string): Finding[] => {
  const path = join(root, CONFIG_FILE);
  const config = parseFile(path, Bun.JSON5.parse, SidecarConfig);
  if (!config) return [unusable(root, CONFIG_FILE)];
  const enable = `sed -i -E 's/(responses: *\\{ *enabled: *)false/\\1true/' ${quote(path)}`;
  return config.gateway.http.endpoints.responses.enabled
    ? []
    : [fail("sidecar_endpoint_off", { path }, `${enable} && docker compose -f ${COMPOSE_FILE} restart`)];
};

const unusable = (root: string, file: string): Finding => {
  const path = join(root, file);
  const command = `git -C ${quote(root)} checkout -- ${file}`;
  return existsSync(path)
    ? fail("sidecar_file_broken", { path }, command)
    : warn("sidecar_file_missing", { path }, command);
};

/** undefined for a file that is missing or has another shape. */
const parseFile = <T>(path: string, parse: (text: string) => unknown, schema: z.ZodType<T>): T | undefined => {
  try {
    return schema.safeParse(parse(readFileSync(path, "utf8"))).data;
  } catch {
    return undefined;
  }
};

const { ok, warn, fail } = createFindings({
  "zh-CN": {
    "files_ok.seen": "目录和文件的权限正常：{folders}",
    "folder_is_file.seen": "{path} 不是目录",
    "folder_is_file.cause": "同名文件占了位置，服务无法启动。",
    "folder_is_file.fix": "把它移开；启动时会创建目录。",
    "folder_locked.seen": "没有 {path} 的写权限",
    "folder_locked.cause": "目录属于其他用户，或文件系统只读。",
    "folder_locked.fix": "把目录交给运行服务的用户。",
    "folder_open.seen": "{path} 的权限是 {mode}",
    "folder_open.cause": "其他用户可以进入。",
    "folder_open.fix": "收紧权限。",
    "file_is_folder.seen": "{path} 不是文件",
    "file_is_folder.cause": "同名目录占了位置，服务无法写入。",
    "file_is_folder.fix": "把它移开，然后重启服务。",
    "file_open.seen": "{path} 的权限是 {mode}",
    "file_open.cause": "其他用户可以读到任务内容。",
    "file_open.fix": "收紧权限。",
    "sidecar_files_ok.seen": "网关文件正常：{files}",
    "sidecar_file_missing.seen": "缺少 {path}",
    "sidecar_file_missing.cause": "文件被删除。",
    "sidecar_file_missing.fix": "从 git 取回。",
    "sidecar_file_broken.seen": "{path} 的内容不对",
    "sidecar_file_broken.cause": "语法错误，或缺少必要的部分；网关无法启动。",
    "sidecar_file_broken.fix": "改正它；下面的命令会放弃对它的修改，从 git 取回。",
    "sidecar_endpoint_off.seen": "{path} 关闭了 /v1/responses",
    "sidecar_endpoint_off.cause": "插件和本服务都靠它与网关对话。",
    "sidecar_endpoint_off.fix": "打开它，然后重启网关。",
    "compose_open.seen": "{path} 把网关端口公开在所有地址上：{ports}",
    "compose_open.cause": "其他主机可以访问网关。",
    "compose_open.fix": "只映射到 127.0.0.1，然后重建容器。",
  },
  en: {
    "files_ok.seen": "Folders and files are private and writable: {folders}",
    "folder_is_file.seen": "{path} is not a folder",
    "folder_is_file.cause": "A file has its name; the service cannot start.",
    "folder_is_file.fix": "Move it aside; the next start creates the folder.",
    "folder_locked.seen": "{path} is not writable",
    "folder_locked.cause": "It belongs to another user, or the file system is read-only.",
    "folder_locked.fix": "Give it to the user who runs the service.",
    "folder_open.seen": "{path} has mode {mode}",
    "folder_open.cause": "Other users can enter it.",
    "folder_open.fix": "Restrict it.",
    "file_is_folder.seen": "{path} is not a file",
    "file_is_folder.cause": "A folder has its name; the service cannot write there.",
    "file_is_folder.fix": "Move it aside, then restart the service.",
    "file_open.seen": "{path} has mode {mode}",
    "file_open.cause": "Other users can read what jobs do.",
    "file_open.fix": "Restrict it.",
    "sidecar_files_ok.seen": "The gateway's files are valid: {files}",
    "sidecar_file_missing.seen": "{path} is missing",
    "sidecar_file_missing.cause": "It was deleted.",
    "sidecar_file_missing.fix": "Restore it from git.",
    "sidecar_file_broken.seen": "{path} is invalid",
    "sidecar_file_broken.cause": "A syntax error, or a required part is missing; the gateway cannot start.",
    "sidecar_file_broken.fix": "Correct it; the command discards its changes and restores it from git.",
    "sidecar_endpoint_off.seen": "{path} disables /v1/responses",
    "sidecar_endpoint_off.cause": "The plugin and this service need it to talk to the gateway.",
    "sidecar_endpoint_off.fix": "Enable it, then restart the gateway.",
    "compose_open.seen": "{path} publishes the gateway's port on every address: {ports}",
    "compose_open.cause": "Other hosts can reach the gateway.",
    "compose_open.fix": "Publish it on 127.0.0.1 only, then recreate the container.",
  },
});
