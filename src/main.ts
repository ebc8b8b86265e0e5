import type { Command } from "./cli/command.ts";
import { StartupError } from "./lib/errors.ts";

/** Each is loaded when it is asked for: the service carries nothing of the tools, and they nothing of it. */
const commands: Readonly<Record<string, () => Promise<{ run: Command }>>> = {
  serve: () => import("./cli/serve.ts"),
  doctor: () => import("./cli/doctor.ts"),
  backup: () => import("./cli/backup.ts"),
  "deploy-systemd": () => import("./cli/deploy-systemd.ts"),
  restore: () => import("./cli/restore.ts"),
};

const USAGE = `Usage: openclaw-assistant-backend [${Object.keys(commands).join(" | ")}]`;
const USAGE_ERROR = 2;

const [name = "serve", ...args] = process.argv.slice(2);
const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (!load) {
  console.error(USAGE);
  process.exit(USAGE_ERROR);
}
const { run } = await load();
try {
  const code = await run({
    args,
    environment: { ...process.env },
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
  });
  process.exit(code);
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.error(error.message);
  process.exit(1);
}
