import { chmodSync, statSync } from "node:fs";
import { sep } from "node:path";
import { messageOf, StartupError } from "./errors.ts";

/** Files and folders of the service are for its own user alone. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;
/** Any access by group or others. */
export const SHARED_MODE = 0o077;

/** Folders elsewhere, such as /tmp, may be shared on purpose. */
export const isOurFolder = (root: string, folder: string): boolean => folder.startsWith(root + sep);

/**
 * Removes group and world access from our files and folders.
 * @returns one sentence for each change.
 * @throws StartupError for a file that is open to the world and cannot be changed.
 */
export const restrictPermissions = ({ root, folders, files }: { root: string; folders: string[]; files: string[] }) => [
  ...folders.filter((folder) => isOurFolder(root, folder)).flatMap((folder) => restrict(folder, PRIVATE_FOLDER)),
  ...files.flatMap((file) => restrict(file, PRIVATE_FILE)),
];

const restrict = (path: string, mode: number): string[] => {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile() && !stats?.isDirectory()) return [];
  if ((stats.mode & SHARED_MODE) === 0) return [];
  const current = `0${(stats.mode & 0o777).toString(8)}`;
  try {
    chmodSync(path, mode);
    return [`${path} was open to others (${current}); it is 0${mode.toString(8)} now.`];
  } catch (error) {
    // Shared with a group on purpose, by an owner other than us.
    if ((stats.mode & 0o007) === 0) return [`${path} is open to a group (${current}) and belongs to another user.`];
    throw new StartupError(`${path} is open to everybody (${current}) and cannot be restricted: ${messageOf(error)}`);
  }
};
