import backend from "../../deploy/openclaw-assistant-backend.service" with { type: "text" };
import gateway from "../../deploy/openclaw-gateway.service" with { type: "text" };

export const UNIT_FOLDER = "/etc/systemd/system";
export const BACKEND_UNIT = "openclaw-assistant-backend.service";
export const GATEWAY_UNIT = "openclaw-gateway.service";

const PROJECT = "/root/openclaw-assistant-backend";

/**
 * The units in `deploy/` have the default paths; this replaces them by this host's: `project` has the program, `root` its
 * data, and on `path` Codex and its commands are looked up.
 */
export const renderUnits = (host: Record<"project" | "root" | "bun" | "path" | "home" | "user", string>) => {
  const { project, root, bun, path, home, user } = host;
  const render = (text: string) =>
    text
      .replace(/^Environment=OPENCLAW_BACKEND_ROOT=.*$/m, "Environment=OPENCLAW_BACKEND_ROOT=\0")
      .replaceAll(`${PROJECT}/data/`, "\0/data/")
      .replaceAll(PROJECT, escapeSpecifiers(project))
      .replaceAll("\0", escapeSpecifiers(root))
      .replaceAll("/root/.bun/bin/bun", escapeSpecifiers(bun))
      .replace(/^User=.*$/m, () => `User=${user}`)
      .replace(" -u root ", () => ` -u ${user} `)
      .replace(/^Environment=HOME=.*$/m, () => `Environment=HOME=${escapeSpecifiers(home)}`)
      .replace(/^Environment=PATH=.*$/m, () => `Environment=PATH=${escapeSpecifiers(path)}`);
  return [
    { name: BACKEND_UNIT, text: render(backend) },
    { name: GATEWAY_UNIT, text: render(gateway) },
  ];
};

/** `%` begins a specifier in unit files. */
const escapeSpecifiers = (text: string): string => text.replaceAll("%", "%%");
