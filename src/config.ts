import { homedir } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { type Environment, PLACEHOLDER_TOKEN, readVariables, rootOf } from "./lib/env-file.ts";
import { SettingError } from "./lib/errors.ts";
import { isLoopback } from "./lib/http.ts";
import { expandHome } from "./lib/paths.ts";
import { withoutEnd } from "./lib/text.ts";

export const MIN_TOKEN_LENGTH = 16;
/** A day; a timer cannot exceed 24 days. */
const MAX_TIMEOUT_SECONDS = 86_400;

/** Our secrets: they never reach a child process, regardless of EXECUTOR_PASS_ENV. */
export const secretVariables = [
  "BACKEND_API_TOKEN",
  "OPENCLAW_GATEWAY_TOKEN",
  "OPENCLAW_GATEWAY_BACKUP_TOKEN",
  "NOTIFY_ASTRBOT_KEY",
  // A robot's address holds its key.
  "NOTIFY_WEBHOOK_URL",
  "NOTIFY_WEBHOOK_SECRET",
] as const;

/** Read by the compose file and the gateway's script alone. */
export const sidecarVariables = ["OPENCLAW_NPM_REGISTRY", "OPENCLAW_IMAGE", "OPENCLAW_USER", "OPENCLAW_MEMORY_LIMIT"];

/** Parts of placeholders and of common passwords. */
const GUESSABLE = /replace|change.?me|your|example|placeholder|password|12345678|^</i;
const TRUE_WORDS = ["1", "true", "yes", "on", "开"];
const FALSE_WORDS = ["0", "false", "no", "off", "关"];
/** The host's time, or at an offset: `23:00-08:00`, `23:00-08:00+08:00`. */
const QUIET_HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)(?:([+-])(0\d|1[0-4]):([0-5]\d))?$/;

/** The placeholder of `.env.example` counts as no token. */
const token = () =>
  z
    .string()
    .regex(/^[\x21-\x7e]*$/, "must be printable ASCII without blanks")
    .transform((value) => (value === PLACEHOLDER_TOKEN ? "" : value))
    .default("");

const flag = () =>
  z.stringbool({
    truthy: TRUE_WORDS,
    falsy: FALSE_WORDS,
    error: `must be one of ${[...TRUE_WORDS, ...FALSE_WORDS].join(" ")}`,
  });

/** A value below the minimum counts as the minimum, as in the predecessor. */
const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.string().transform((value, { addIssue }) => {
    if (!/^[+-]?\d+$/.test(value)) addIssue("must be a whole number");
    else if (Number(value) > max) addIssue(`must be at most ${max}`);
    return Math.max(min, Number(value));
  });

/** Comma-separated; blanks and empty entries are dropped. */
const list = () =>
  z.string().transform((value) =>
    value
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ""),
  );

const address = (pattern: RegExp, forbidden: string) =>
  z
    .string()
    .refine(
      (value) => pattern.test(value) && URL.canParse(value),
      `must be an http or https address without ${forbidden}`,
    );

const httpUrl = () =>
  address(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i, "user, query or fragment").transform((url) => withoutEnd(url, "/"));

/** With a query, which may hold a robot's key. */
const webhookUrl = () => address(/^https?:\/\/[^\s/?#@]+(?:[/?][^\s#]*)?$/i, "user or fragment");

export const webhookKinds = ["json", "ntfy", "wecom", "feishu", "dingtalk", "bark", "telegram"] as const;
export type WebhookKind = (typeof webhookKinds)[number];

const KINDS_BY_HOST: Readonly<Record<string, WebhookKind>> = {
  "qyapi.weixin.qq.com": "wecom",
  "open.feishu.cn": "feishu",
  "open.larksuite.com": "feishu",
  "oapi.dingtalk.com": "dingtalk",
  "api.day.app": "bark",
  "api.telegram.org": "telegram",
  "ntfy.sh": "ntfy",
};

/** In minutes of the day; without an offset by the host's time zone. */
const quietHours = () =>
  z.string().transform((value, { addIssue }) => {
    const [, fromHour, fromMinute, toHour, toMinute, sign, hours, minutes] = QUIET_HOURS.exec(value) ?? [];
    const from = Number(fromHour) * 60 + Number(fromMinute);
    const to = Number(toHour) * 60 + Number(toMinute);
    if (Number.isNaN(from) || from === to) addIssue("must be like 23:00-08:00 or 23:00-08:00+08:00");
    const offset = sign === undefined ? undefined : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
    return { from, to, offset };
  });

/** In any case. */
const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z
    .string()
    .toLowerCase()
    .pipe(z.enum(values, `must be one of ${values.join(", ")}`));

/** As Standard Webhooks writes it: 24 to 64 bytes. */
const isSigningSecret = (secret: string): boolean => {
  const bytes = /^whsec_[A-Za-z\d+/]+={0,2}$/.test(secret) ? Buffer.from(secret.slice(6), "base64").length : 0;
  return bytes >= 24 && bytes <= 64;
};

const PLUGIN_EXPORT = "/root/AstrBot/data/plugin_data/astrbot_plugin_openclaw_assistant/astr_provider_export.json";
const WORKDIRS = [
  "/root/AstrBot",
  "/root/openclaw-assistant-backend",
  "/root/openclaw-astr-assistant",
  "/root/astrbot_plugin_openclaw_assistant",
];
const pullModes = [
  "cmd_config_then_export",
  "cmd_config_only",
  "plugin_export_only",
  "api_then_cmd_config",
  "api_only",
] as const;

/**
 * Reads every variable of the environment (which wins) and the env file; `.env.example` documents exactly these. Each
 * schema is made for one use: as constants they would keep 0.4 MiB.
 * @returns the config with the default in place of each faulty setting, and the faults: a variable, and what it must be.
 */
export const readConfig = (environment: Environment) => {
  const variables = readVariables(environment);
  const root = rootOf(environment);
  const home = variables.HOME || homedir();
  const names: string[] = [];
  const faults: { name: string; message: string }[] = [];

  /** A blank value counts as absent, so that its default applies. */
  const read = <Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> => {
    names.push(name);
    const { data, error } = schema.safeParse(variables[name]?.trim() || undefined);
    if (!error) return data;
    faults.push(...error.issues.map(({ message }) => ({ name, message })));
    return schema.parse(undefined);
  };
  const text = (name: string, standard: string) => read(name, z.string().default(standard));
  const number = (name: string, standard: number, min: number, max?: number) =>
    read(name, wholeNumber(min, max).default(standard));
  /** Of a setting in seconds. */
  const ms = (name: string, standard: number, min: number, max?: number) => number(name, standard, min, max) * 1000;
  const toPath = (value: string) => resolve(root, expandHome(value, home) ?? value);
  const path = (name: string, standard: string) => toPath(text(name, standard));

  const host = text("BACKEND_HOST", "127.0.0.1");
  const port = number("BACKEND_PORT", 18889, 0, 65_535);
  const apiToken = read("BACKEND_API_TOKEN", token());
  const webAuth = read("WEB_AUTH", oneOf(["auto", "always", "never"]).default("auto"));
  const watchMs = ms("WATCH_SECONDS", 300, 0, MAX_TIMEOUT_SECONDS);
  const webhookAddress = read("NOTIFY_WEBHOOK_URL", webhookUrl().optional());
  const webhook = {
    // Our own JSON where neither the setting nor the host names a service.
    kind:
      read("NOTIFY_WEBHOOK_KIND", oneOf(webhookKinds).optional()) ??
      KINDS_BY_HOST[URL.parse(webhookAddress ?? "")?.hostname ?? ""] ??
      "json",
    secret: read("NOTIFY_WEBHOOK_SECRET", token()),
  };
  const isEnglish = read("NOTIFY_LANGUAGE", oneOf(["zh-cn", "en"]).default("zh-cn")) === "en";
  const gateway = {
    url: read("OPENCLAW_GATEWAY_URL", httpUrl().default("http://127.0.0.1:18789")),
    token: read("OPENCLAW_GATEWAY_TOKEN", token()),
  };
  const backupUrl = read("OPENCLAW_GATEWAY_BACKUP_URL", httpUrl().optional());
  const backupToken = read("OPENCLAW_GATEWAY_BACKUP_TOKEN", token());

  const config = {
    root,
    host,
    port,
    allowedHosts: read("BACKEND_ALLOWED_HOSTS", list().default([])),
    /** "" when missing, a placeholder, or shorter than 16 characters: the API then answers 503. */
    apiToken: apiToken.length < MIN_TOKEN_LENGTH ? "" : apiToken,
    // Pages without a login are for loopback only.
    webAuth: isLoopback(host) ? webAuth : "always",
    dbPath: path("BACKEND_DB_PATH", "data/backend_state.db"),
    logDir: path("BACKEND_LOG_DIR", "logs/backend"),
    auditPath: path("BACKEND_AUDIT_PATH", "logs/backend/audit.jsonl"),
    requestTimeoutMs: ms("BACKEND_REQUEST_TIMEOUT_SECONDS", 15, 1),
    /** 0: only when somebody looks. */
    watchMs: watchMs && Math.max(60_000, watchMs),
    notify: {
      astrbot: {
        url: read("NOTIFY_ASTRBOT_URL", httpUrl().default("http://127.0.0.1:6185")),
        /** "" if none is configured. */
        key: read("NOTIFY_ASTRBOT_KEY", token()),
        /** "" if only jobs name a chat. */
        umo: text("NOTIFY_ASTRBOT_UMO", ""),
      },
      webhook: webhookAddress === undefined ? undefined : { url: webhookAddress, ...webhook },
      locale: isEnglish ? ("en" as const) : ("zh-CN" as const),
      quietHours: read("NOTIFY_QUIET_HOURS", quietHours().optional()),
      withResult: read("NOTIFY_RESULT", flag().default(false)),
      /** 0: only jobs that ask for it. */
      afterMs: ms("EXECUTOR_NOTIFY_AFTER_SECONDS", 0, 0),
      /** Of the pages; undefined if messages are to name none. */
      publicUrl: read("BACKEND_PUBLIC_URL", httpUrl().optional()),
    },
    openclawVersion: text("OPENCLAW_VERSION", "2026.2.9"),
    gateway,
    /** undefined when no second gateway is configured. */
    backupGateway: backupUrl === undefined ? undefined : { url: backupUrl, token: backupToken },
    relay: {
      totalMs: ms("RELAY_TOTAL_TIMEOUT_SECONDS", 90, 1, MAX_TIMEOUT_SECONDS),
      firstByteMs: ms("RELAY_FIRST_BYTE_TIMEOUT_SECONDS", 85, 1, MAX_TIMEOUT_SECONDS),
      stallMs: ms("RELAY_STALL_TIMEOUT_SECONDS", 60, 1, MAX_TIMEOUT_SECONDS),
      maxWaiting: number("RELAY_MAX_WAITING", 8, 0, 100),
    },
    executor: {
      codexBin: text("EXECUTOR_CODEX_BIN", "codex"),
      geminiBin: text("EXECUTOR_GEMINI_BIN", "gemini"),
      timeoutMs: ms("EXECUTOR_TIMEOUT_SECONDS", 180, 10),
      /** 0: never. */
      stallMs: ms("EXECUTOR_STALL_SECONDS", 0, 0),
      lingerMs: ms("EXECUTOR_LINGER_SECONDS", 5, 0),
      killGraceMs: ms("EXECUTOR_KILL_GRACE_SECONDS", 5, 0),
      shutdownGraceMs: ms("EXECUTOR_SHUTDOWN_GRACE_SECONDS", 5, 0),
      maxQueued: number("EXECUTOR_MAX_QUEUED", 100, 1),
      memoryWaitMs: ms("EXECUTOR_MEMORY_WAIT_SECONDS", 600, 0),
      /** 0: never. */
      memoryFloorMib: number("EXECUTOR_MEMORY_FLOOR_MB", 150, 0),
      recheckMs: ms("EXECUTOR_RECHECK_SECONDS", 60, 1),
      quotaRetryMs: ms("EXECUTOR_QUOTA_RETRY_SECONDS", 900, 1, MAX_TIMEOUT_SECONDS),
      maxTaskChars: number("EXECUTOR_MAX_TASK_CHARS", 8000, 256),
      allowDanger: read("EXECUTOR_ALLOW_DANGER", flag().default(true)),
      allowGlobalWorkdir: read("EXECUTOR_ALLOW_GLOBAL_WORKDIR", flag().default(true)),
      /** Tilde-expanded; the executor resolves symlinks once at start. */
      allowedWorkdirs: read("EXECUTOR_ALLOWED_WORKDIRS", list().default(WORKDIRS)).map(toPath),
      /** "" for the service's own. */
      user: text("EXECUTOR_USER", ""),
      passEnv: read(
        "EXECUTOR_PASS_ENV",
        list()
          .refine(
            (names) => !secretVariables.some((secret) => names.includes(secret)),
            `must not name ${secretVariables.join(" or ")}`,
          )
          .default([]),
      ),
    },
    retention: { days: number("JOB_RETENTION_DAYS", 30, 1), maxJobs: number("JOB_RETENTION_MAX", 1000, 1) },
    backup: { folder: path("BACKUP_DIR", "backups"), keep: number("BACKUP_KEEP", 7, 1) },
    astrbot: {
      cmdConfigPath: path("ASTRBOT_CMD_CONFIG_PATH", "/root/AstrBot/data/cmd_config.json"),
      pluginExportPath: path("ASTRBOT_PLUGIN_EXPORT_PATH", PLUGIN_EXPORT),
      pullMode: read("ASTR_PULL_SOURCE_MODE", oneOf(pullModes).default("cmd_config_then_export")),
      requireEnabled: read("ASTR_PULL_REQUIRE_ENABLED_PROVIDER", flag().default(true)),
    },
    home,
    /** Children get a part of it: see `executor/environment.ts`. */
    environment: variables,
    /** Settings of earlier releases that are still set: one log line names them. */
    ignoredSettings: ["BACKEND_LOW_MEMORY"].filter((name) => variables[name] !== undefined),
  };

  const tokens = { OPENCLAW_GATEWAY_TOKEN: gateway.token, OPENCLAW_GATEWAY_BACKUP_TOKEN: backupToken };
  for (const [name, value] of Object.entries(tokens)) {
    if (apiToken === "" || apiToken !== value) continue;
    faults.push({ name: "BACKEND_API_TOKEN", message: `must differ from ${name}` });
    config.apiToken = "";
  }
  if (webhook.secret !== "" && webhook.kind === "json" && !isSigningSecret(webhook.secret)) {
    faults.push({ name: "NOTIFY_WEBHOOK_SECRET", message: "must be whsec_ and the base64 of 24 to 64 bytes" });
  }
  return { config: Object.freeze(config), names, faults };
};

/** @throws SettingError that names every faulty variable at once, and never a value. */
export const parseConfig = (environment: Environment) => {
  const { config, faults } = readConfig(environment);
  if (faults.length === 0) return config;
  throw new SettingError(`Wrong settings: ${faults.map(({ name, message }) => `${name} ${message}`).join("; ")}.`);
};

export type Config = ReturnType<typeof parseConfig>;

/** The tokens that are missing, short, or easy to guess; only the first two are refused. */
export const weakTokens = ({ apiToken, gateway }: Config): string[] =>
  Object.entries({ BACKEND_API_TOKEN: apiToken, OPENCLAW_GATEWAY_TOKEN: gateway.token })
    .filter(([, token]) => token.length < MIN_TOKEN_LENGTH || new Set(token).size < 6 || GUESSABLE.test(token))
    .map(([name]) => name);
