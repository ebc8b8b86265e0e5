import { statSync } from "node:fs";
import { resolve } from "node:path";

/** What root has made in another user's project is that user's: the service must be able to replace it. */
export const giveToOwner = (path: string): void => {
  const { uid, gid } = statSync(resolve(import.meta.dir, ".."));
  if (process.getuid?.() === 0 && uid !== 0) Bun.spawnSync(["chown", "-Rh", `${uid}:${gid}`, path]);
};
