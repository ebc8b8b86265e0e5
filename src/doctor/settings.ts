import { MIN_TOKEN_LENGTH, secretVariables, sidecarVariables } from "@/config.ts";
import { NO_ENV_FILE } from "@/lib/env-file.ts";
import { isOurFolder } from "@/lib/file-permissions.ts";
import { isLoopback } from "@/lib/http.ts";
import { statsOf } from "@/lib/paths.ts";
import { irregularity } from "@/lib/regular-file.ts";
import type { DoctorContext } from "./context.ts";
import { sharedModeOf } from "./files.ts";
import { type Finding, type Found, fail, fromProblem, ok, orElse, warn } from "./finding.ts";
import { dropVariables, moveAside, quote, RANDOM_TOKEN, START, setVariable } from "./shell.ts";

const KNOWN_BESIDES = [...sidecarVariables, "OPENCLAW_BACKEND_ROOT", "BACKEND_ENV_FILE"];
const OUR_PREFIXES = /^(?:BACKEND|WEB|BACKUP|OPENCLAW|RELAY|EXECUTOR|JOB|ASTR|ASTRBOT)_/;

export const checkSettings = (context: DoctorContext): Finding[] => {
  const { env, envPath: path, environment } = context;
  if (env.fault !== undefined) {
    const isOthers = irregularity(statsOf(path)) && !isOurFolder(context.config.root, path);
    const free = isOthers ? "unset BACKEND_ENV_FILE" : moveAside(path);
    return [fail("env_unreadable", { path, error: env.fault }, `${free} && ${START}`)];
  }
  if (!env.values) {
    const create = path === NO_ENV_FILE ? `unset BACKEND_ENV_FILE && ${START}` : START;
    return [environment.BACKEND_API_TOKEN ? ok("env_elsewhere") : fail("env_missing", { path }, create)];
  }
  const { host } = context.config;
  const mode = sharedModeOf(path);
  const found = [
    mode && fail("env_open", { path, mode }, `chmod 600 ${quote(path)}`),
    ...checkLines(context),
    checkValues(context),
    ...checkTokens(context),
    !isLoopback(host) && warn("host_open", { host }, setVariable(path, "BACKEND_HOST", "127.0.0.1")),
  ];
  return orElse(found, ok("env_ok", { path, count: Object.keys(env.values).length }));
};

/** Lines without the effect they seem to have. */
const checkLines = ({ envPath: path, names, env: { text, values = {} } }: DoctorContext): Found[] => {
  const hasExport = /^[ \t]*export[ \t]+\w+=/m.test(text);
  const known = [...names, ...KNOWN_BESIDES];
  const unknown = Object.keys(values).filter((name) => OUR_PREFIXES.test(name) && !known.includes(name));
  return [
    hasExport && warn("env_export", { path }, `sed -i -E 's/^ *export +//' ${quote(path)}`),
    unknown.length > 0 && warn("setting_unknown", { names: unknown.join(", ") }, dropVariables(path, unknown)),
  ];
};

const checkValues = ({ faults, environment, envPath }: DoctorContext): Found => {
  // The API token has findings of its own.
  const wrong = faults.filter(({ name }) => name !== "BACKEND_API_TOKEN");
  if (wrong.length === 0) return undefined;
  const names = wrong.map(({ name }) => name);
  const inProcess = names.filter((name) => environment[name] !== undefined);
  const inFile = names.filter((name) => environment[name] === undefined);
  const unset = inProcess.length > 0 && `unset ${inProcess.join(" ")}`;
  const drop = inFile.length > 0 && dropVariables(envPath, inFile);
  const list = wrong.map(({ name, message }) => `${name} ${message}`).join("; ");
  return fail("setting_wrong", { faults: list }, [unset, drop].filter(Boolean).join(" && "));
};

const checkTokens = ({ config, faults, envPath, environment, env }: DoctorContext): Found[] => {
  const [api, gateway] = secretVariables.map((name) => (environment[name] ?? env.values?.[name] ?? "").trim());
  const renew = (name: string) => setVariable(envPath, name, RANDOM_TOKEN);
  const fault = faults.find(({ name }) => name === "BACKEND_API_TOKEN");
  if (api && fault) {
    const isEqual = fault.message.startsWith("must differ");
    return [fail(isEqual ? "tokens_equal" : "token_characters", {}, renew("BACKEND_API_TOKEN"))];
  }
  const length = gateway?.length ?? 0;
  const missing = { kind: "token_missing", severity: "fault", values: {} } as const;
  return [
    config.apiToken === "" && fromProblem(missing, renew("BACKEND_API_TOKEN")),
    config.gateway.token === ""
      ? fail("gateway_token_missing", {}, renew("OPENCLAW_GATEWAY_TOKEN"))
      : length < MIN_TOKEN_LENGTH && warn("gateway_token_short", { length }, renew("OPENCLAW_GATEWAY_TOKEN")),
  ];
};
