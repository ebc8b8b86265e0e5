import backend from "../../deploy/openclaw-assistant-backend.service" with { type: "text" };
import gateway from "../../deploy/openclaw-gateway.service" with { type: "text" };

export const UNIT_FOLDER = "/etc/systemd/system";
export const BACKEND_UNIT = "openclaw-assistant-backend.service";
export const GATEWAY_UNIT = "openclaw-gateway.service";

interface UnitOptions {
  root: string;
  bun: string;
  /** Where Codex and its commands are looked up. */
  path: string;
  home: string;
  user: string;
}

/** The files of `deploy/` are units as they stand, for the usual place; here they get this host's. */
export const renderUnits = ({ root, bun, path, home, user }: UnitOptions): { name: string; text: string }[] => {
  const render = (text: string) =>
    text
      .replaceAll("/root/openclaw-assistant-backend", specifierless(root))
      .replaceAll("/root/.bun/bin/bun", specifierless(bun))
      .replace(/^User=.*$/m, () => `User=${user}`)
      .replace(" -o root ", () => ` -o ${user} `)
      .replace(/^Environment=HOME=.*$/m, () => `Environment=HOME=${specifierless(home)}`);
  const pathLine = `Environment=PATH=${specifierless(path)}`;
  return [
    { name: BACKEND_UNIT, text: render(backend).replace(/^Environment=PATH=.*$/m, () => pathLine) },
    { name: GATEWAY_UNIT, text: render(gateway).replace(/^Environment=PATH=.*$/m, () => pathLine) },
  ];
};

/** `%` begins a specifier. */
const specifierless = (text: string): string => text.replaceAll("%", "%%");
