import { readdirSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";

const NAME = /^backend_state-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/;

/** Text order is time order. */
export const stampOf = (at: Date): string => `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
export const backupName = (at: Date): string => `backend_state-${stampOf(at)}.db`;

type Backup = ReturnType<typeof listBackups>[number];

/** One from the future only if there is no other: the clock was wrong then, or is now. */
export const newestOf = (backups: readonly Backup[], now: Date): Backup | undefined =>
  backups.find(({ at }) => at <= now) ?? backups[0];

/** Newest first, by their names: a file copied elsewhere keeps its time. Empty when the folder does not exist. */
export const listBackups = (folder: string) =>
  attempt(() => readdirSync(folder), [])
    .filter((name) => NAME.test(name))
    .sort()
    .reverse()
    .flatMap((name) => {
      const path = join(folder, name);
      const bytes = statsOf(path)?.size;
      return bytes === undefined ? [] : [{ path, at: new Date(name.replace(NAME, "$1-$2-$3T$4:$5:$6Z")), bytes }];
    });
