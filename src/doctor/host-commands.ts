import { hostPath } from "@/lib/paths.ts";
import { GATEWAY_UNIT } from "@/systemd/units.ts";
import type { DoctorContext } from "./context.ts";

const COMPOSE = "docker compose -f openclaw_sidecar\\.compose\\.yml";
const COMPOSE_START = new RegExp(`${COMPOSE} (?:up -d(?: --force-recreate)?|restart)`, "g");
const COMPOSE_LOOK = new RegExp(`(?:${COMPOSE} ps && )?${COMPOSE} logs --tail 50`, "g");

/** A command as this host has to be told it: with Bun or without, the gateway in Docker, as a unit, or by hand. */
export const commandsOf = ({ environment, units }: Pick<DoctorContext, "environment" | "units">) => {
  const path = hostPath(environment.PATH ?? "");
  const has = (program: string) => Bun.which(program, { PATH: path }) !== null;
  const bun = has("bun") ? "bun run " : `npx --yes bun@${Bun.version} run `;
  const isInDocker = !units.gateway && has("docker");

  return (command: string): string => {
    const withBun = command.replaceAll("bun run ", bun);
    if (isInDocker) return withBun;
    return withBun
      .replaceAll(COMPOSE_START, units.gateway ? `systemctl restart ${GATEWAY_UNIT}` : "deploy/openclaw-gateway.sh")
      .replaceAll(
        COMPOSE_LOOK,
        units.gateway ? `journalctl -u ${GATEWAY_UNIT} -n 50` : "tail -n 50 /tmp/openclaw/openclaw-*.log",
      );
  };
};
