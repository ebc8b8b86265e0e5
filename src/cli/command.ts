import { parseArgs } from "node:util";
import type { Environment } from "@/lib/env-file.ts";
import { type Locale, negotiateLocale, type Translate, translate } from "@/locales/translate.ts";

export interface CommandContext {
  /** Arguments that are not options. */
  args: readonly string[];
  locale: Locale;
  t: Translate;
  options: Readonly<Record<string, unknown>>;
  environment: Environment;
}

/** @returns the exit code of the process. */
export type Command = (context: CommandContext) => Promise<number>;

interface CommandRow {
  /** Imports it on demand: the service does not load the tools, nor they the service. */
  load: () => Promise<Command>;
  /** What it takes beside `--lang` and `--help`; its help is `cli.<name>` of the dictionary. */
  flags?: readonly string[];
  files?: number;
}

const commands = {
  serve: { load: async () => (await import("./serve.ts")).runServe },
  doctor: { load: async () => (await import("./doctor.ts")).runDoctor, flags: ["json"] },
  notify: { load: async () => (await import("./notify.ts")).runNotify, flags: ["test"] },
  backup: { load: async () => (await import("./backup.ts")).runBackup },
  restore: { load: async () => (await import("./backup.ts")).runRestore, files: 1 },
  "deploy-systemd": {
    load: async () => (await import("./deploy-systemd.ts")).runDeploySystemd,
    // `--print` was once needed for what is now the default.
    flags: ["install", "gateway", "print"],
  },
} as const satisfies Record<string, CommandRow>;

type CommandName = keyof typeof commands;

type Parsed =
  | { kind: "run"; name: CommandName; load: () => Promise<Command>; context: Omit<CommandContext, "environment"> }
  | { kind: "help"; text: string; exitCode: 0 | 2 };

/** Without a name, or with options alone, it is `serve`. What is not known is refused, in the reader's language. */
export const parseCommandLine = (argv: readonly string[], environment: Environment): Parsed => {
  const { LC_ALL, LC_MESSAGES, LANG } = environment;
  const spoken = negotiateLocale(LC_ALL || LC_MESSAGES || LANG);
  const [first = "serve", ...rest] = argv[0]?.startsWith("-") ? ["serve", ...argv] : argv;
  if (!Object.hasOwn(commands, first)) return refusal(spoken, first, "cli.commands");
  const name = first as CommandName;
  const { load, flags = [], files = 0 }: CommandRow = commands[name];
  const switches = Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" }] as const));
  const { values, positionals, tokens } = parseArgs({
    args: rest,
    options: { ...switches, help: { type: "boolean", short: "h" }, lang: { type: "string" } },
    allowPositionals: true,
    // Faults are found below, so that they can be named as they were typed.
    strict: false,
    tokens: true,
  });
  const language = /^(?:zh|en)(?=[-_]|$)/i.exec(String(values.lang))?.[0];
  const locale = language ? negotiateLocale(language) : spoken;
  const t = translate(locale);
  const wrong = tokens.flatMap((token) => {
    if (token.kind !== "option") return [];
    const isKnown = token.name === "lang" ? language : ["help", ...flags].includes(token.name) && !token.value;
    return isKnown ? [] : [[token.rawName, token.value].filter((word) => word !== undefined).join(" ")];
  });
  wrong.push(...positionals.slice(files));
  if (wrong.length > 0) return refusal(locale, wrong.join(", "), `cli.${name}`);
  if (values.help) return { kind: "help", text: t(`cli.${name}`), exitCode: 0 };
  return { kind: "run", name, load, context: { args: positionals, locale, t, options: values } };
};

const refusal = (locale: Locale, words: string, help: `cli.${CommandName | "commands"}`): Parsed => {
  const t = translate(locale);
  return { kind: "help", text: `${t("cli.wrong", { words })}\n${t(help)}`, exitCode: 2 };
};
