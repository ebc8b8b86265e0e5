import { readdirSync } from "node:fs";
import { join } from "node:path";
import { statsOf } from "@/lib/paths.ts";

export interface Backup {
  path: string;
  /** From the file name: a file copied elsewhere keeps it. */
  at: Date;
  bytes: number;
}

const NAME = /^backend_state-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/;

/** Text order is time order. */
export const stampOf = (at: Date): string => `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
export const backupName = (at: Date): string => `backend_state-${stampOf(at)}.db`;

/** Newest first; empty when the folder does not exist. */
export const listBackups = (folder: string): Backup[] =>
  entriesOf(folder)
    .flatMap((name) => {
      const match = NAME.exec(name);
      const path = join(folder, name);
      const bytes = statsOf(path)?.size;
      if (!match || bytes === undefined) return [];
      const [, year, month, day, hour, minute, second] = match;
      return [{ path, at: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`), bytes }];
    })
    .sort((one, other) => other.at.getTime() - one.at.getTime());

const UNFINISHED = ".unfinished";
export const unfinishedOf = (path: string): string => path + UNFINISHED;

/** Drafts of backups that were interrupted. */
export const listUnfinished = (folder: string): string[] =>
  entriesOf(folder)
    .filter((name) => name.endsWith(UNFINISHED) && NAME.test(name.slice(0, -UNFINISHED.length)))
    .map((name) => join(folder, name));

const entriesOf = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
