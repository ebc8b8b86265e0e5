import { accessSync, constants } from "node:fs";
import { dirname, join } from "node:path";
import { isOurFolder, SHARED_MODE } from "@/lib/file-permissions.ts";
import { statsOf } from "@/lib/paths.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found } from "../finding.ts";
import { quote, setAside } from "../shell.ts";

/** Our folders and the files in them that others have no business with. */
export const checkFiles = ({ config }: DoctorContext): Finding[] => {
  const { root, dbPath, logDir, auditPath, backup } = config;
  const folders = new Set([dirname(dbPath), logDir, dirname(auditPath), backup.folder]);
  const files = [dbPath, auditPath, join(logDir, "backend.log")];
  const findings = [...[...folders].flatMap((folder) => folderFindings(root, folder)), ...files.flatMap(fileFindings)];
  return findings.length > 0 ? findings : [found("files_ok", { folders: [...folders].join(" ") })];
};

const folderFindings = (root: string, path: string): Finding[] => {
  const stats = statsOf(path);
  // It is made when it is needed.
  if (!stats) return [];
  if (!stats.isDirectory()) return [found("folder_is_file", { path }, setAside(path))];
  const [bits, word] = [stats.mode & 0o777, quote(path)];
  if (!isWritable(path)) {
    return [found("folder_locked", { path }, `sudo chown -R "$(id -un)" ${word} && chmod u+rwx ${word}`)];
  }
  return (bits & SHARED_MODE) === 0 || !isOurFolder(root, path)
    ? []
    : [found("folder_open", { path, mode: bits.toString(8) }, `chmod 700 ${word}`)];
};

const fileFindings = (path: string): Finding[] => {
  const stats = statsOf(path);
  if (!stats) return [];
  if (!stats.isFile()) return [found("file_is_folder", { path }, setAside(path))];
  const bits = stats.mode & 0o777;
  return (bits & SHARED_MODE) === 0
    ? []
    : [found("file_open", { path, mode: bits.toString(8) }, `chmod 600 ${quote(path)}`)];
};

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
