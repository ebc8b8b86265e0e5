import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "@/lib/env-file.ts";
import { hostPath, statsOf } from "@/lib/paths.ts";
import { irregularity } from "@/lib/regular-file.ts";
import { GATEWAY_UNIT } from "@/systemd/units.ts";
import type { DoctorContext } from "./context.ts";

/** One word for a POSIX shell. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** 64 hex digits; the shell's own printf keeps them off every command line. */
export const RANDOM_TOKEN = `"$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n')"`;

/** Not /dev/null, nor another device or pipe, which no command may replace. */
const isSettingsFile = (path: string): boolean => irregularity(statsOf(path)) === undefined;

/** Sets one variable in the env file, which stays private. @param value for a shell: quoted, or an expansion. */
export const setVariable = (envPath: string, name: string, value: string): string => {
  if (!isSettingsFile(envPath)) return `export ${name}=${value}`;
  const [old, draft] = [quote(envPath), quote(`${envPath}.new`)];
  return `(umask 077; { grep -v '^${name}=' ${old}; printf '${name}=%s\\n' ${value}; } > ${draft}) && mv ${draft} ${old}`;
};

/** Comments variables out in the env file, so that their defaults apply. */
export const dropVariables = (envPath: string, names: readonly string[]): string =>
  !isSettingsFile(envPath)
    ? `unset ${names.join(" ")}`
    : `sed -i -E 's/^ *(${names.map((name) => name.replaceAll(/[^\w]/g, ".")).join("|")}) *=/# &/' ${quote(envPath)}`;

/** Renames without overwriting anything. */
export const moveAside = (path: string): string => `mv -n ${quote(path)} ${quote(`${path}.aside`)}`;

export const START = "bun run start";

const COMPOSE = "docker compose -f openclaw_sidecar\\.compose\\.yml";
const COMPOSE_START = new RegExp(`(?:docker rm -f \\w+ && )?${COMPOSE} (?:up -d(?: --force-recreate)?|restart)`, "g");
const COMPOSE_LOGS = new RegExp(`(?:${COMPOSE} ps && )?${COMPOSE} logs --tail 50`, "g");

/** Where Docker looks for `docker compose`; Debian's docker.io brings none, and a program of the older name. */
const PLUGIN_FOLDERS = ["/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec"];

const hasComposePlugin = ({ HOME = "/root", DOCKER_CONFIG = join(HOME, ".docker") }: Environment): boolean =>
  [DOCKER_CONFIG, ...PLUGIN_FOLDERS.map((folder) => join(folder, "docker"))].some((folder) =>
    existsSync(join(folder, "cli-plugins/docker-compose")),
  );

/** Adapts a command to this host: with or without Bun, the gateway in Docker, as a unit or started by hand. */
export const adaptCommand = ({
  environment,
  units,
  hasGatewayInDocker: isInDocker,
}: Pick<DoctorContext, "environment" | "units" | "hasGatewayInDocker">) => {
  const path = hostPath(environment.PATH ?? "");
  const has = (program: string) => Bun.which(program, { PATH: path }) !== null;
  const bun = has("bun") ? "bun run " : `npx --yes bun@${Bun.version} run `;
  const compose = has("docker-compose") && !hasComposePlugin(environment) ? "docker-compose" : "docker compose";
  const restart = units.gateway ? `systemctl restart ${GATEWAY_UNIT}` : "deploy/openclaw-gateway.sh";
  const logs = units.gateway ? `journalctl -u ${GATEWAY_UNIT} -n 50` : "tail -n 50 /tmp/openclaw/openclaw-*.log";

  return (command: string): string => {
    const withBun = command.replaceAll("bun run ", bun);
    if (isInDocker) return withBun.replaceAll("docker compose ", `${compose} `);
    return withBun.replaceAll(COMPOSE_START, restart).replaceAll(COMPOSE_LOGS, logs);
  };
};
