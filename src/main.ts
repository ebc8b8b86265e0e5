import { parseArgs } from "node:util";
import { z } from "zod";
import type { Command } from "./cli/command.ts";
import { StartupError } from "./lib/errors.ts";
import { defaultLocale, isLocale } from "./locales/translate.ts";

/** Imported on demand: the service does not load the tools, nor they the service. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./cli/serve.ts")).runServe,
  doctor: async () => (await import("./cli/doctor.ts")).runDoctor,
  notify: async () => (await import("./cli/notify.ts")).runNotify,
  backup: async () => (await import("./cli/backup.ts")).runBackup,
  restore: async () => (await import("./cli/backup.ts")).runRestore,
  "deploy-systemd": async () => (await import("./cli/deploy-systemd.ts")).runDeploySystemd,
};

// Validators compiled at run time take 0.3 MiB (idle private dirty 10.8 MiB without, 11.1 with) and gain nothing here.
z.config({ jitless: true });

const [name = "serve", ...rest] = process.argv.slice(2);
const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (!load) {
  console.error(`Usage: openclaw-assistant-backend [${Object.keys(commands).join(" | ")}]`);
  process.exit(2);
}
const { values, positionals } = parseArgs({
  args: rest,
  options: {
    lang: { type: "string" },
    json: { type: "boolean" },
    install: { type: "boolean" },
    test: { type: "boolean" },
  },
  allowPositionals: true,
  // Unknown options are ignored.
  strict: false,
});
const { lang } = values;
try {
  const run = await load();
  const code = await run({
    args: positionals,
    locale: typeof lang === "string" && isLocale(lang) ? lang : defaultLocale,
    options: { json: values.json === true, install: values.install === true, test: values.test === true },
    environment: { ...process.env },
  });
  process.exit(code);
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.error(error.message);
  process.exit(1);
}
