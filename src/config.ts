import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type Environment, parseEnvFile } from "./lib/env-file.ts";
import { messageOf, StartupError } from "./lib/errors.ts";
import { isLoopback } from "./lib/loopback.ts";
import { expandHome } from "./lib/paths.ts";
import { flag, httpUrl, list, oneOf, text, token, wholeNumber } from "./lib/settings.ts";

/** The executable lies in the project's .cache/build. */
const PROJECT_ROOT = Bun.isStandaloneExecutable
  ? resolve(process.execPath, "../../..")
  : resolve(import.meta.dir, "..");
export const MIN_TOKEN_LENGTH = 16;
/** A day: timers hold no more than 24. */
const MAX_TIMEOUT_SECONDS = 86_400;

export const pullModes = ["cmd_config_then_export", "cmd_config_only", "plugin_export_only"] as const;
export type PullMode = (typeof pullModes)[number];

export const webAuthModes = ["auto", "always", "never"] as const;
export type WebAuth = (typeof webAuthModes)[number];

/** Secrets of ours: they never reach a child, whatever the pass-through list says. */
export const secretVariables = [
  "BACKEND_API_TOKEN",
  "OPENCLAW_GATEWAY_TOKEN",
  "OPENCLAW_GATEWAY_BACKUP_TOKEN",
] as const;

/** Every variable read from the environment or the env file; `.env.example` documents exactly these. */
export const settings = {
  BACKEND_HOST: text("127.0.0.1"),
  BACKEND_PORT: wholeNumber(18889, 0, 65_535),
  BACKEND_ALLOWED_HOSTS: list(),
  BACKEND_API_TOKEN: token,
  WEB_AUTH: oneOf(webAuthModes, "auto"),
  BACKEND_DB_PATH: text("data/backend_state.db"),
  BACKEND_LOG_DIR: text("logs/backend"),
  BACKEND_AUDIT_PATH: text("logs/backend/audit.jsonl"),
  BACKEND_REQUEST_TIMEOUT_SECONDS: wholeNumber(15, 1),
  OPENCLAW_VERSION: text("2026.2.9"),
  OPENCLAW_GATEWAY_URL: httpUrl("http://127.0.0.1:18789"),
  OPENCLAW_GATEWAY_TOKEN: token,
  OPENCLAW_GATEWAY_BACKUP_URL: httpUrl(undefined),
  OPENCLAW_GATEWAY_BACKUP_TOKEN: token,
  RELAY_TOTAL_TIMEOUT_SECONDS: wholeNumber(90, 1, MAX_TIMEOUT_SECONDS),
  RELAY_FIRST_BYTE_TIMEOUT_SECONDS: wholeNumber(85, 1, MAX_TIMEOUT_SECONDS),
  RELAY_STALL_TIMEOUT_SECONDS: wholeNumber(60, 1, MAX_TIMEOUT_SECONDS),
  RELAY_MAX_WAITING: wholeNumber(8, 0, 100),
  EXECUTOR_CODEX_BIN: text("codex"),
  EXECUTOR_GEMINI_BIN: text("gemini"),
  EXECUTOR_TIMEOUT_SECONDS: wholeNumber(180, 10),
  EXECUTOR_STALL_SECONDS: wholeNumber(0, 0),
  EXECUTOR_KILL_GRACE_SECONDS: wholeNumber(5, 0),
  EXECUTOR_SHUTDOWN_GRACE_SECONDS: wholeNumber(5, 0),
  EXECUTOR_MAX_QUEUED: wholeNumber(100, 1),
  EXECUTOR_MEMORY_WAIT_SECONDS: wholeNumber(600, 0),
  EXECUTOR_MEMORY_FLOOR_MB: wholeNumber(150, 0),
  EXECUTOR_RECHECK_SECONDS: wholeNumber(60, 1),
  JOB_RETENTION_DAYS: wholeNumber(30, 1),
  JOB_RETENTION_MAX: wholeNumber(1000, 1),
  EXECUTOR_MAX_TASK_CHARS: wholeNumber(8000, 256),
  EXECUTOR_ALLOW_DANGER: flag(true),
  EXECUTOR_ALLOW_GLOBAL_WORKDIR: flag(true),
  EXECUTOR_ALLOWED_WORKDIRS: list({
    fallback: [
      "/root/AstrBot",
      "/root/openclaw-assistant-backend",
      "/root/openclaw-astr-assistant",
      "/root/astrbot_plugin_openclaw_assistant",
    ],
  }),
  EXECUTOR_USER: text(""),
  EXECUTOR_PASS_ENV: list({ without: secretVariables }),
  BACKUP_DIR: text("backups"),
  BACKUP_KEEP: wholeNumber(7, 1),
  ASTRBOT_CMD_CONFIG_PATH: text("/root/AstrBot/data/cmd_config.json"),
  ASTRBOT_PLUGIN_EXPORT_PATH: text(
    "/root/AstrBot/data/plugin_data/astrbot_plugin_openclaw_assistant/astr_provider_export.json",
  ),
  ASTR_PULL_SOURCE_MODE: oneOf(pullModes, "cmd_config_then_export"),
  ASTR_PULL_REQUIRE_ENABLED_PROVIDER: flag(true),
};

/** Settings of earlier releases: ignored, with one log line that names them. */
const retiredSettings = ["BACKEND_LOW_MEMORY"];

const differsFrom = (name: "OPENCLAW_GATEWAY_TOKEN" | "OPENCLAW_GATEWAY_BACKUP_TOKEN") =>
  z.refine<Record<string, unknown>>((env) => env.BACKEND_API_TOKEN === "" || env.BACKEND_API_TOKEN !== env[name], {
    path: ["BACKEND_API_TOKEN"],
    error: `must differ from ${name}`,
    // Beside other faults too: every one is told at once.
    when: () => true,
  });

const Settings = z
  .object(settings)
  .check(differsFrom("OPENCLAW_GATEWAY_TOKEN"), differsFrom("OPENCLAW_GATEWAY_BACKUP_TOKEN"));

export interface Config {
  root: string;
  host: string;
  port: number;
  allowedHosts: readonly string[];
  /** "" when missing, a placeholder, or shorter than 16 characters: the API then answers 503. */
  apiToken: string;
  webAuth: WebAuth;
  dbPath: string;
  logDir: string;
  /** Retired settings that are still set. */
  ignoredSettings: readonly string[];
  auditPath: string;
  requestTimeoutMs: number;
  openclawVersion: string;
  gateway: { url: string; token: string };
  /** undefined when no second gateway is configured. */
  backupGateway: { url: string; token: string } | undefined;
  relay: { totalMs: number; firstByteMs: number; stallMs: number; maxWaiting: number };
  executor: {
    codexBin: string;
    geminiBin: string;
    timeoutMs: number;
    /** 0: never. */
    stallMs: number;
    killGraceMs: number;
    shutdownGraceMs: number;
    maxQueued: number;
    memoryWaitMs: number;
    /** 0: never. */
    memoryFloorMib: number;
    recheckMs: number;
    maxTaskChars: number;
    allowDanger: boolean;
    allowGlobalWorkdir: boolean;
    /** Tilde-expanded; resolved through symlinks once at start by the executor. */
    allowedWorkdirs: readonly string[];
    /** "" for the service's own. */
    user: string;
    passEnv: readonly string[];
  };
  retention: { days: number; maxJobs: number };
  backup: { folder: string; keep: number };
  astrbot: { cmdConfigPath: string; pluginExportPath: string; pullMode: PullMode; requireEnabled: boolean };
  home: string;
  /** What a child may be given a part of: see `executor/environment.ts`. */
  environment: Environment;
}

/**
 * Reads the env file and the environment (which wins) into a frozen `Config`.
 * @throws StartupError that names every faulty variable at once, and never a value.
 */
export const parseConfig = (environment: Environment): Readonly<Config> => {
  const root = resolve(environment.OPENCLAW_BACKEND_ROOT?.trim() || PROJECT_ROOT);
  const merged = { ...readEnvFile(envFilePath(environment)), ...environment };
  const { data: env, faults } = readSettings(merged);
  if (!env) {
    throw new StartupError(`Wrong settings: ${faults.map(({ name, message }) => `${name} ${message}`).join("; ")}.`);
  }
  const home = merged.HOME || homedir();
  const path = (value: string) => resolve(root, expandHome(value, home) ?? value);
  return Object.freeze({
    root,
    host: env.BACKEND_HOST,
    port: env.BACKEND_PORT,
    allowedHosts: env.BACKEND_ALLOWED_HOSTS,
    apiToken: env.BACKEND_API_TOKEN.length < MIN_TOKEN_LENGTH ? "" : env.BACKEND_API_TOKEN,
    // Open pages are for this machine alone.
    webAuth: isLoopback(env.BACKEND_HOST) ? env.WEB_AUTH : "always",
    dbPath: path(env.BACKEND_DB_PATH),
    ignoredSettings: retiredSettings.filter((name) => merged[name] !== undefined),
    logDir: path(env.BACKEND_LOG_DIR),
    auditPath: path(env.BACKEND_AUDIT_PATH),
    requestTimeoutMs: env.BACKEND_REQUEST_TIMEOUT_SECONDS * 1000,
    openclawVersion: env.OPENCLAW_VERSION,
    gateway: { url: env.OPENCLAW_GATEWAY_URL, token: env.OPENCLAW_GATEWAY_TOKEN },
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
      stallMs: env.EXECUTOR_STALL_SECONDS * 1000,
      killGraceMs: env.EXECUTOR_KILL_GRACE_SECONDS * 1000,
      shutdownGraceMs: env.EXECUTOR_SHUTDOWN_GRACE_SECONDS * 1000,
      maxQueued: env.EXECUTOR_MAX_QUEUED,
      memoryWaitMs: env.EXECUTOR_MEMORY_WAIT_SECONDS * 1000,
      memoryFloorMib: env.EXECUTOR_MEMORY_FLOOR_MB,
      recheckMs: env.EXECUTOR_RECHECK_SECONDS * 1000,
      maxTaskChars: env.EXECUTOR_MAX_TASK_CHARS,
      allowDanger: env.EXECUTOR_ALLOW_DANGER,
      allowGlobalWorkdir: env.EXECUTOR_ALLOW_GLOBAL_WORKDIR,
      allowedWorkdirs: env.EXECUTOR_ALLOWED_WORKDIRS.map(path),
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
    environment: merged,
  });
};

/** What `parseConfig` would refuse: a variable, and what it must be. */
export const findSettingFaults = (environment: Environment): { name: string; message: string }[] => {
  const merged = { ...readEnvFile(envFilePath(environment)), ...environment };
  return readSettings(merged).faults;
};

/** A blank value counts as absent, so that its default applies. */
const readSettings = (environment: Environment) => {
  const given = Object.fromEntries(
    Object.keys(settings).map((name) => [name, environment[name]?.trim() || undefined] as const),
  );
  // Used once: not worth the code that zod would generate for it.
  const { data, error } = Settings.safeParse(given, { jitless: true });
  const faults = error?.issues.map(({ path, message }) => ({ name: path.join("."), message })) ?? [];
  return { data, faults };
};

/** Where the env file is, or would be created. */
export const envFilePath = (environment: Environment): string => {
  const root = resolve(environment.OPENCLAW_BACKEND_ROOT?.trim() || PROJECT_ROOT);
  return resolve(environment.BACKEND_ENV_FILE?.trim() || join(root, ".env"));
};

const readEnvFile = (path: string): Environment => {
  try {
    return parseEnvFile(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new StartupError(`Cannot read the env file ${path}: ${messageOf(error)}`);
  }
};
