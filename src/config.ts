import { homedir } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";
import { type Environment, PLACEHOLDER_TOKEN, readVariables, rootOf } from "./lib/env-file.ts";
import { SettingError } from "./lib/errors.ts";
import { isLoopback } from "./lib/loopback.ts";
import { expandHome } from "./lib/paths.ts";
import { withoutEnd } from "./lib/text.ts";

export const MIN_TOKEN_LENGTH = 16;
/** A day; a timer cannot exceed 24 days. */
const MAX_TIMEOUT_SECONDS = 86_400;

/** Our secrets: they never reach a child process, regardless of EXECUTOR_PASS_ENV. */
const gatewayTokens = ["OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_GATEWAY_BACKUP_TOKEN"] as const;
export const secretVariables = [
  "BACKEND_API_TOKEN",
  ...gatewayTokens,
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
const HTTP_URL = /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i;

/** The placeholder of `.env.example` counts as no token. */
const token = () =>
  z
    .string()
    .regex(/^[\x21-\x7e]*$/, "must be printable ASCII without blanks")
    .transform((value) => (value === PLACEHOLDER_TOKEN ? "" : value));

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

const httpUrl = () =>
  z
    .string()
    .refine(
      (value) => HTTP_URL.test(value) && URL.canParse(value),
      "must be an http or https address without user, query or fragment",
    )
    .transform((value) => withoutEnd(value, "/"));

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

/** With a query, which may hold a robot's key. */
const webhookUrl = () =>
  z.string().refine((value) => /^https?:\/\/[^\s/?#@]+(?:[/?][^\s#]*)?$/i.test(value) && URL.canParse(value), {
    error: "must be an http or https address without user or fragment",
  });

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

/**
 * Every variable read from the environment or the env file; `.env.example` documents exactly these. Made for one use:
 * as a constant it would keep 0.4 MiB.
 */
export const createSettings = () =>
  z.object({
    BACKEND_HOST: z.string().default("127.0.0.1"),
    BACKEND_PORT: wholeNumber(0, 65_535).default(18889),
    BACKEND_ALLOWED_HOSTS: list().default([]),
    BACKEND_API_TOKEN: token().default(""),
    WEB_AUTH: oneOf(["auto", "always", "never"]).default("auto"),
    BACKEND_DB_PATH: z.string().default("data/backend_state.db"),
    BACKEND_LOG_DIR: z.string().default("logs/backend"),
    BACKEND_AUDIT_PATH: z.string().default("logs/backend/audit.jsonl"),
    BACKEND_REQUEST_TIMEOUT_SECONDS: wholeNumber(1).default(15),
    BACKEND_PUBLIC_URL: httpUrl().optional(),
    WATCH_SECONDS: wholeNumber(0, MAX_TIMEOUT_SECONDS).default(300),
    NOTIFY_ASTRBOT_URL: httpUrl().default("http://127.0.0.1:6185"),
    NOTIFY_ASTRBOT_KEY: token().default(""),
    NOTIFY_ASTRBOT_UMO: z.string().default(""),
    NOTIFY_WEBHOOK_URL: webhookUrl().optional(),
    NOTIFY_WEBHOOK_KIND: oneOf(webhookKinds).optional(),
    NOTIFY_WEBHOOK_SECRET: token().default(""),
    NOTIFY_LANGUAGE: oneOf(["zh-cn", "en"]).default("zh-cn"),
    NOTIFY_QUIET_HOURS: quietHours().optional(),
    NOTIFY_RESULT: flag().default(false),
    OPENCLAW_VERSION: z.string().default("2026.2.9"),
    OPENCLAW_GATEWAY_URL: httpUrl().default("http://127.0.0.1:18789"),
    OPENCLAW_GATEWAY_TOKEN: token().default(""),
    OPENCLAW_GATEWAY_BACKUP_URL: httpUrl().optional(),
    OPENCLAW_GATEWAY_BACKUP_TOKEN: token().default(""),
    RELAY_TOTAL_TIMEOUT_SECONDS: wholeNumber(1, MAX_TIMEOUT_SECONDS).default(90),
    RELAY_FIRST_BYTE_TIMEOUT_SECONDS: wholeNumber(1, MAX_TIMEOUT_SECONDS).default(85),
    RELAY_STALL_TIMEOUT_SECONDS: wholeNumber(1, MAX_TIMEOUT_SECONDS).default(60),
    RELAY_MAX_WAITING: wholeNumber(0, 100).default(8),
    EXECUTOR_CODEX_BIN: z.string().default("codex"),
    EXECUTOR_GEMINI_BIN: z.string().default("gemini"),
    EXECUTOR_TIMEOUT_SECONDS: wholeNumber(10).default(180),
    EXECUTOR_STALL_SECONDS: wholeNumber(0).default(0),
    EXECUTOR_LINGER_SECONDS: wholeNumber(0).default(5),
    EXECUTOR_KILL_GRACE_SECONDS: wholeNumber(0).default(5),
    EXECUTOR_SHUTDOWN_GRACE_SECONDS: wholeNumber(0).default(5),
    EXECUTOR_MAX_QUEUED: wholeNumber(1).default(100),
    EXECUTOR_MEMORY_WAIT_SECONDS: wholeNumber(0).default(600),
    EXECUTOR_MEMORY_FLOOR_MB: wholeNumber(0).default(150),
    EXECUTOR_RECHECK_SECONDS: wholeNumber(1).default(60),
    EXECUTOR_QUOTA_RETRY_SECONDS: wholeNumber(1, MAX_TIMEOUT_SECONDS).default(900),
    EXECUTOR_NOTIFY_AFTER_SECONDS: wholeNumber(0).default(0),
    JOB_RETENTION_DAYS: wholeNumber(1).default(30),
    JOB_RETENTION_MAX: wholeNumber(1).default(1000),
    EXECUTOR_MAX_TASK_CHARS: wholeNumber(256).default(8000),
    EXECUTOR_ALLOW_DANGER: flag().default(true),
    EXECUTOR_ALLOW_GLOBAL_WORKDIR: flag().default(true),
    EXECUTOR_ALLOWED_WORKDIRS: list().default([
      "/root/AstrBot",
      "/root/openclaw-assistant-backend",
      "/root/openclaw-astr-assistant",
      "/root/astrbot_plugin_openclaw_assistant",
    ]),
    EXECUTOR_USER: z.string().default(""),
    EXECUTOR_PASS_ENV: list()
      .refine(
        (names) => !secretVariables.some((secret) => names.includes(secret)),
        `must not name ${secretVariables.join(" or ")}`,
      )
      .default([]),
    BACKUP_DIR: z.string().default("backups"),
    BACKUP_KEEP: wholeNumber(1).default(7),
    ASTRBOT_CMD_CONFIG_PATH: z.string().default("/root/AstrBot/data/cmd_config.json"),
    ASTRBOT_PLUGIN_EXPORT_PATH: z
      .string()
      .default("/root/AstrBot/data/plugin_data/astrbot_plugin_openclaw_assistant/astr_provider_export.json"),
    ASTR_PULL_SOURCE_MODE: oneOf([
      "cmd_config_then_export",
      "cmd_config_only",
      "plugin_export_only",
      "api_then_cmd_config",
      "api_only",
    ]).default("cmd_config_then_export"),
    ASTR_PULL_REQUIRE_ENABLED_PROVIDER: flag().default(true),
  });

type Settings = ReturnType<typeof createSettings>;
type Env = z.output<Settings>;

/** Our own JSON where neither the setting nor the host names a service. */
const webhookKindOf = ({ NOTIFY_WEBHOOK_KIND: kind, NOTIFY_WEBHOOK_URL: url = "" }: Partial<Env>): WebhookKind =>
  kind ?? KINDS_BY_HOST[URL.parse(url)?.hostname ?? ""] ?? "json";

/** As Standard Webhooks writes it: 24 to 64 bytes. */
const isSigningSecret = (secret: string): boolean => {
  const bytes = /^whsec_[A-Za-z\d+/]+={0,2}$/.test(secret) ? Buffer.from(secret.slice(6), "base64").length : 0;
  return bytes >= 24 && bytes <= 64;
};

const signsOurJson = (settings: Settings): Settings =>
  settings.refine(
    (env) => !env.NOTIFY_WEBHOOK_SECRET || webhookKindOf(env) !== "json" || isSigningSecret(env.NOTIFY_WEBHOOK_SECRET),
    {
      path: ["NOTIFY_WEBHOOK_SECRET"],
      error: "must be whsec_ and the base64 of 24 to 64 bytes",
      // Reported beside other faults too.
      when: () => true,
    },
  );

const differsFrom = (settings: Settings, name: (typeof gatewayTokens)[number]): Settings =>
  settings.refine((env) => !env.BACKEND_API_TOKEN || env.BACKEND_API_TOKEN !== env[name], {
    path: ["BACKEND_API_TOKEN"],
    error: `must differ from ${name}`,
    // Reported beside other faults too.
    when: () => true,
  });

export type Config = ReturnType<typeof parseConfig>;

/** The tokens that are missing, short, or easy to guess; only the first two are refused. */
export const weakTokens = ({ apiToken, gateway }: Config): string[] =>
  Object.entries({ BACKEND_API_TOKEN: apiToken, OPENCLAW_GATEWAY_TOKEN: gateway.token })
    .filter(([, token]) => token.length < MIN_TOKEN_LENGTH || new Set(token).size < 6 || GUESSABLE.test(token))
    .map(([name]) => name);

/**
 * Reads the env file and the environment (which wins) into a frozen object.
 * @throws SettingError that names every faulty variable at once, and never a value.
 */
export const parseConfig = (environment: Environment) => {
  const { variables, env, faults } = readSettings(environment);
  if (!env) {
    throw new SettingError(`Wrong settings: ${faults.map(({ name, message }) => `${name} ${message}`).join("; ")}.`);
  }
  const root = rootOf(environment);
  const home = variables.HOME || homedir();
  const path = (value: string) => resolve(root, expandHome(value, home) ?? value);
  return Object.freeze({
    root,
    host: env.BACKEND_HOST,
    port: env.BACKEND_PORT,
    allowedHosts: env.BACKEND_ALLOWED_HOSTS,
    /** "" when missing, a placeholder, or shorter than 16 characters: the API then answers 503. */
    apiToken: env.BACKEND_API_TOKEN.length < MIN_TOKEN_LENGTH ? "" : env.BACKEND_API_TOKEN,
    // Pages without a login are for loopback only.
    webAuth: isLoopback(env.BACKEND_HOST) ? env.WEB_AUTH : "always",
    dbPath: path(env.BACKEND_DB_PATH),
    logDir: path(env.BACKEND_LOG_DIR),
    auditPath: path(env.BACKEND_AUDIT_PATH),
    requestTimeoutMs: env.BACKEND_REQUEST_TIMEOUT_SECONDS * 1000,
    /** 0: only when somebody looks. */
    watchMs: env.WATCH_SECONDS && Math.max(60, env.WATCH_SECONDS) * 1000,
    notify: {
      /** `key` is "" if none is configured, `umo` if only jobs name a chat. */
      astrbot: { url: env.NOTIFY_ASTRBOT_URL, key: env.NOTIFY_ASTRBOT_KEY, umo: env.NOTIFY_ASTRBOT_UMO },
      webhook:
        env.NOTIFY_WEBHOOK_URL === undefined
          ? undefined
          : { url: env.NOTIFY_WEBHOOK_URL, kind: webhookKindOf(env), secret: env.NOTIFY_WEBHOOK_SECRET },
      locale: env.NOTIFY_LANGUAGE === "en" ? ("en" as const) : ("zh-CN" as const),
      quietHours: env.NOTIFY_QUIET_HOURS,
      withResult: env.NOTIFY_RESULT,
      /** 0: only jobs that ask for it. */
      afterMs: env.EXECUTOR_NOTIFY_AFTER_SECONDS * 1000,
      /** Of the pages; undefined if messages are to name none. */
      publicUrl: env.BACKEND_PUBLIC_URL,
    },
    openclawVersion: env.OPENCLAW_VERSION,
    gateway: { url: env.OPENCLAW_GATEWAY_URL, token: env.OPENCLAW_GATEWAY_TOKEN },
    /** undefined when no second gateway is configured. */
    backupGateway:
      env.OPENCLAW_GATEWAY_BACKUP_URL === undefined
        ? undefined
        : { url: env.OPENCLAW_GATEWAY_BACKUP_URL, token: env.OPENCLAW_GATEWAY_BACKUP_TOKEN },
    relay: {
      totalMs: env.RELAY_TOTAL_TIMEOUT_SECONDS * 1000,
      firstByteMs: env.RELAY_FIRST_BYTE_TIMEOUT_SECONDS * 1000,
      stallMs: env.RELAY_STALL_TIMEOUT_SECONDS * 1000,
      maxWaiting: env.RELAY_MAX_WAITING,
    },
    executor: {
      codexBin: env.EXECUTOR_CODEX_BIN,
      geminiBin: env.EXECUTOR_GEMINI_BIN,
      timeoutMs: env.EXECUTOR_TIMEOUT_SECONDS * 1000,
      /** 0: never. */
      stallMs: env.EXECUTOR_STALL_SECONDS * 1000,
      lingerMs: env.EXECUTOR_LINGER_SECONDS * 1000,
      killGraceMs: env.EXECUTOR_KILL_GRACE_SECONDS * 1000,
      shutdownGraceMs: env.EXECUTOR_SHUTDOWN_GRACE_SECONDS * 1000,
      maxQueued: env.EXECUTOR_MAX_QUEUED,
      memoryWaitMs: env.EXECUTOR_MEMORY_WAIT_SECONDS * 1000,
      /** 0: never. */
      memoryFloorMib: env.EXECUTOR_MEMORY_FLOOR_MB,
      recheckMs: env.EXECUTOR_RECHECK_SECONDS * 1000,
      quotaRetryMs: env.EXECUTOR_QUOTA_RETRY_SECONDS * 1000,
      maxTaskChars: env.EXECUTOR_MAX_TASK_CHARS,
      allowDanger: env.EXECUTOR_ALLOW_DANGER,
      allowGlobalWorkdir: env.EXECUTOR_ALLOW_GLOBAL_WORKDIR,
      /** Tilde-expanded; the executor resolves symlinks once at start. */
      allowedWorkdirs: env.EXECUTOR_ALLOWED_WORKDIRS.map(path),
      /** "" for the service's own. */
      user: env.EXECUTOR_USER,
      passEnv: env.EXECUTOR_PASS_ENV,
    },
    retention: { days: env.JOB_RETENTION_DAYS, maxJobs: env.JOB_RETENTION_MAX },
    backup: { folder: path(env.BACKUP_DIR), keep: env.BACKUP_KEEP },
    astrbot: {
      cmdConfigPath: path(env.ASTRBOT_CMD_CONFIG_PATH),
      pluginExportPath: path(env.ASTRBOT_PLUGIN_EXPORT_PATH),
      pullMode: env.ASTR_PULL_SOURCE_MODE,
      requireEnabled: env.ASTR_PULL_REQUIRE_ENABLED_PROVIDER,
    },
    home,
    /** Children get a part of it: see `executor/environment.ts`. */
    environment: variables,
    /** Settings of earlier releases that are still set: one log line names them. */
    ignoredSettings: ["BACKEND_LOW_MEMORY"].filter((name) => variables[name] !== undefined),
  });
};

/** `faults` are what `parseConfig` would refuse: a variable, and what it must be. */
export const readSettings = (environment: Environment) => {
  const variables = readVariables(environment);
  // A blank value counts as absent, so that its default applies.
  const settings = signsOurJson(gatewayTokens.reduce(differsFrom, createSettings()));
  const values = Object.keys(settings.shape).map((name) => [name, variables[name]?.trim() || undefined]);
  const { data: env, error } = settings.safeParse(Object.fromEntries(values));
  const faults = error?.issues.map(({ path, message }) => ({ name: path.join("."), message })) ?? [];
  return { variables, env, faults };
};
