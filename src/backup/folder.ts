import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "@/lib/errors.ts";
import { statsOf } from "@/lib/paths.ts";

/** Further ones of one second are numbered from 2. */
const NAME = /^backend_state-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:-(\d+))?\.db$/;

/** Text order is time order. */
export const stampOf = (at: Date): string => `${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;

/** A name that is free: two within one second keep two files. */
export const freeName = (path: string, extension = ""): string => {
  let name = path + extension;
  for (let number = 2; existsSync(name); number++) name = `${path}-${number}${extension}`;
  return name;
};

export const backupPath = (folder: string, at: Date): string =>
  freeName(join(folder, `backend_state-${stampOf(at)}`), ".db");

type Backup = ReturnType<typeof listBackups>[number];

/** One from the future only if there is no other: the clock was wrong then, or is now. */
export const newestOf = (backups: readonly Backup[], now: Date): Backup | undefined =>
  backups.find(({ at }) => at <= now) ?? backups[0];

/** Newest first, by their names: a file copied elsewhere keeps its time. Empty when the folder does not exist. */
export const listBackups = (folder: string) =>
  attempt(() => readdirSync(folder), [])
    .flatMap((name) => {
      const [, year, month, day, hour, minute, second, number = "1"] = NAME.exec(name) ?? [];
      const path = join(folder, name);
      const stats = year === undefined ? undefined : statsOf(path);
      if (!stats?.isFile()) return [];
      const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
      return [{ path, at, number: Number(number), bytes: stats.size }];
    })
    .sort((one, other) => other.at.getTime() - one.at.getTime() || other.number - one.number);
