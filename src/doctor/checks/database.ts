import { listBackups } from "@/backup/folder.ts";
import { inspectDatabase, NEWEST_VERSION } from "@/db/inspect.ts";
import { statsOf } from "@/lib/paths.ts";
import { formatBytes } from "@/locales/format.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found } from "../finding.ts";
import { quote, setAside } from "../shell.ts";

export const checkDatabase = ({ config, database, holder }: DoctorContext): Finding[] => {
  const { dbPath: path, backup } = config;
  if (statsOf(path)?.isDirectory()) return [];
  switch (database.kind) {
    case "missing":
      return [found("database_later", { path })];
    case "broken":
    case "foreign": {
      const good = listBackups(backup.folder).find((copy) => inspectDatabase(copy.path).kind === "ours");
      const stop = holder?.pid === undefined ? "" : `kill ${holder.pid} && sleep 5 && `;
      const cure = good ? `bun run restore ${quote(good.path)}` : setAside(path);
      const detail = database.kind === "broken" ? database.detail : "";
      return [found(`database_${database.kind}`, { path, detail }, stop + cure)];
    }
    case "ours": {
      const { version, jobs, bytes } = database;
      const values = { path, version, newest: NEWEST_VERSION, jobs, size: formatBytes(bytes) };
      if (version > NEWEST_VERSION) return [found("database_newer", values)];
      return [found(version < NEWEST_VERSION ? "database_older" : "database_ok", values)];
    }
  }
};
