import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "@/config.ts";
import { messageOf } from "@/lib/errors.ts";
import { accountOf, hostPath } from "@/lib/paths.ts";
import { translate } from "@/locales/translate.ts";
import { renderUnits, UNIT_FOLDER } from "@/systemd/units.ts";
import type { Command } from "./command.ts";

/** Prints the systemd units for this host; `--install` writes them where systemd looks. */
export const runDeploySystemd: Command = async ({ options, locale, environment }) => {
  const t = translate(locale);
  const path = hostPath(environment.PATH ?? "");
  const bun = Bun.which("bun", { PATH: path });
  if (bun === null) {
    console.error(t("deploy.no_bun"));
    return 1;
  }
  const { root, home } = parseConfig(environment);
  // The owner of the folder, also when root runs this.
  const owner = accountOf(statSync(root).uid) ?? { name: "root", home };
  try {
    for (const { name, text } of renderUnits({ root, bun, path, home: owner.home, user: owner.name })) {
      const unit = join(UNIT_FOLDER, name);
      if (options.install) writeFileSync(unit, text);
      console.log(options.install ? t("deploy.wrote", { path: unit }) : `# ${unit}\n${text}`);
    }
  } catch (error) {
    console.error(t("deploy.failed", { message: messageOf(error) }));
    return 1;
  }
  console.log(options.install ? t("deploy.next") : `# ${t("deploy.next")}`);
  return 0;
};
