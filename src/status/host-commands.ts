import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "@/lib/env-file.ts";
import { hostPath } from "@/lib/paths.ts";
import { fill } from "@/locales/translate.ts";
import { GATEWAY_UNIT, UNIT_FOLDER } from "@/systemd/units.ts";

export const isInDocker = (host: HostCommands): boolean => host.gateway_up.startsWith("docker");

const byCompose = (compose: string) => {
  const gateway = `${compose} -f openclaw_sidecar.compose.yml`;
  return {
    gateway_up: `${gateway} up -d`,
    gateway_recreate: `${gateway} up -d --force-recreate`,
    gateway_restart: `${gateway} restart`,
    gateway_fix: `${gateway} stop && ${gateway} run --rm openclaw-gateway doctor --fix; ${gateway} up -d`,
    gateway_state: `${gateway} ps`,
    gateway_logs: `${gateway} logs --tail 50`,
  };
};

/** How this host starts, restarts and reads the gateway, and calls Bun: placeholders of every printed command. */
export type HostCommands = Readonly<ReturnType<typeof byCompose> & { bun_run: string }>;

const FIX = "deploy/openclaw-gateway.sh doctor --fix";

const byStart = (start: string, fix: string, state: string, logs: string) => ({
  gateway_up: start,
  gateway_recreate: start,
  gateway_restart: start,
  gateway_fix: fix,
  gateway_state: state,
  gateway_logs: logs,
});

const bySystemd = (systemctl: string, journalctl: string) =>
  byStart(
    `${systemctl} restart ${GATEWAY_UNIT}`,
    `${systemctl} stop ${GATEWAY_UNIT} && ${FIX}; ${systemctl} restart ${GATEWAY_UNIT}`,
    `${systemctl} status --no-pager ${GATEWAY_UNIT}`,
    `${journalctl} ${GATEWAY_UNIT} -n 50`,
  );

const byHand = byStart(
  "deploy/openclaw-gateway.sh",
  `${FIX}; deploy/openclaw-gateway.sh`,
  "pgrep -af openclaw",
  "tail -n 50 /tmp/openclaw/openclaw-*.log",
);

/** Where Docker's own packages, Debian's and a user put it. */
const PLUGIN_FOLDERS = ["/usr/libexec", "/usr/lib", "/usr/local/lib", "/usr/local/libexec"];

export const defaultCommands: HostCommands = { ...byCompose("docker compose"), bun_run: "bun run " };

interface Host {
  environment: Environment;
  home: string;
  isThere?: (path: string) => boolean;
}

/** A unit that is enabled wins over Docker, and Docker over one that only lies there. */
export const readHostCommands = ({ environment, home, isThere = existsSync }: Host): HostCommands => {
  const { PATH = "", DOCKER_CONFIG = join(home, ".docker") } = environment;
  const folders = hostPath(PATH).split(":");
  const has = (program: string) => folders.some((folder) => isThere(join(folder, program)));
  const pluginFolders = [...PLUGIN_FOLDERS.map((folder) => `${folder}/docker`), DOCKER_CONFIG];
  const hasPlugin = pluginFolders.some((folder) => isThere(join(folder, "cli-plugins/docker-compose")));
  const system = bySystemd("systemctl", "journalctl -u");
  const ways = [
    [isThere(join(UNIT_FOLDER, "multi-user.target.wants", GATEWAY_UNIT)), system],
    [
      isThere(join(home, ".config/systemd/user", GATEWAY_UNIT)),
      bySystemd("systemctl --user", "journalctl --user-unit"),
    ],
    [has("docker") && (hasPlugin || !has("docker-compose")), byCompose("docker compose")],
    [has("docker-compose"), byCompose("docker-compose")],
    [isThere(join(UNIT_FOLDER, GATEWAY_UNIT)), system],
  ] as const;
  const [, gateway] = ways.find(([isSo]) => isSo) ?? [true, byHand];
  return { ...gateway, bun_run: has("bun") ? "bun run " : `npx --yes bun@${Bun.version} run ` };
};

/** A command as it is pasted on this host. */
export const onHost = (command: string, host: HostCommands): string =>
  fill(command, host).replaceAll("bun run ", host.bun_run);
