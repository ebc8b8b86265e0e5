import { chmodSync, statSync } from "node:fs";
import { sep } from "node:path";
import { messageOf, StartupError } from "./errors.ts";
import { OTHERS, PRIVATE_FILE, PRIVATE_FOLDER } from "./permissions.ts";

const EVERYBODY = 0o007;

interface AtRestOptions {
  /** Folders below it are ours to narrow; one outside may be somebody else's too, such as /tmp. */
  root: string;
  folders: readonly string[];
  files: readonly string[];
}

/** Whether nobody else has a use for this folder, so that it may be closed to them. */
export const isOurFolder = (root: string, folder: string): boolean => folder.startsWith(root + sep);

/**
 * Takes from others what of our files they could read or write, and says so in a sentence each.
 * @throws StartupError for a file that everybody can reach and that is not ours to narrow.
 */
export const closeToOthers = ({ root, folders, files }: AtRestOptions): string[] => {
  const ours = folders.filter((folder) => isOurFolder(root, folder));
  return [
    ...ours.flatMap((folder) => narrow(folder, PRIVATE_FOLDER)),
    ...files.flatMap((file) => narrow(file, PRIVATE_FILE)),
  ];
};

const narrow = (path: string, wanted: number): string[] => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || (found.mode & OTHERS) === 0) return [];
  const mode = `0${(found.mode & 0o777).toString(8)}`;
  try {
    chmodSync(path, wanted);
    return [`${path} was open to others (${mode}); it is 0${wanted.toString(8)} now.`];
  } catch (error) {
    // Shared with a group on purpose, by an owner that is not us.
    if ((found.mode & EVERYBODY) === 0) return [`${path} is open to a group (${mode}) and not ours to narrow.`];
    throw new StartupError(`${path} is open to everybody (${mode}), and cannot be narrowed: ${messageOf(error)}`);
  }
};
