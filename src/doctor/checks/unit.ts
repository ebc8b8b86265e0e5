import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BACKEND_UNIT, UNIT_FOLDER } from "@/systemd/units.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found } from "../finding.ts";

/** Set by systemd's first process alone. */
const SYSTEMD_RUNS = "/run/systemd/system";

export const checkUnit = ({ config, units }: DoctorContext): Finding[] => {
  if (!existsSync(SYSTEMD_RUNS)) return [found("unit_no_systemd")];
  if (!units.backend) return [found("unit_none")];
  const path = join(UNIT_FOLDER, BACKEND_UNIT);
  const text = readFileSync(path, "utf8");
  const folder = /^WorkingDirectory=(.*)$/m.exec(text)?.[1] ?? "";
  if (folder !== config.root)
    return [found("unit_other", { path, folder, root: config.root }, "sudo bun run deploy:systemd --install")];
  return [found("unit_ok", { path })];
};
