import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "@/config.ts";
import { PROJECT_ROOT } from "@/lib/env-file.ts";
import { messageOf } from "@/lib/errors.ts";
import { accountOf, hostPath } from "@/lib/paths.ts";
import { isInDocker, readHostCommands } from "@/status/host-commands.ts";
import { GATEWAY_UNIT, renderUnits, UNIT_FOLDER } from "@/systemd/units.ts";
import type { Command } from "./command.ts";

/**
 * Prints the systemd units for this host; `--install` writes them where systemd looks. The gateway's is left out where
 * Docker runs it, unless it is asked for by `--gateway`.
 */
export const runDeploySystemd: Command = async ({ options, t, environment }) => {
  const path = hostPath(environment.PATH ?? "");
  const bun = Bun.which("bun", { PATH: path });
  if (bun === null) {
    console.error(t("deploy.no_bun"));
    return 1;
  }
  const { root, home } = parseConfig(environment);
  // The owner of the folder, also when root runs this.
  const owner = accountOf(statSync(root).uid) ?? { name: "root", home };
  const runsInDocker = isInDocker(readHostCommands({ environment, home }));
  const hasGatewayUnit = options.gateway === true || !runsInDocker;
  try {
    const place = { project: PROJECT_ROOT, root, bun, path };
    for (const { name, text } of renderUnits({ ...place, home: owner.home, user: owner.name })) {
      if (name === GATEWAY_UNIT && !hasGatewayUnit) continue;
      const unit = join(UNIT_FOLDER, name);
      if (options.install) writeFileSync(unit, text);
      console.log(options.install ? t("deploy.wrote", { path: unit }) : `# ${unit}\n${text}`);
    }
  } catch (error) {
    console.error(t("deploy.failed", { message: messageOf(error) }));
    return 1;
  }
  const next = t("deploy.next", {
    units: hasGatewayUnit ? "openclaw-gateway openclaw-assistant-backend" : "openclaw-assistant-backend",
  });
  console.log(options.install ? next : `# ${next}`);
  return 0;
};
