import { statSync } from "node:fs";
import { MIN_TOKEN_LENGTH, secretVariables, settings } from "@/config.ts";
import { PRIVATE_FILE, SHARED_MODE } from "@/lib/file-permissions.ts";
import { isLoopback } from "@/lib/loopback.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found, foundProblem } from "../finding.ts";
import { dropVariables, quote, RANDOM_TOKEN, START, setAside, setVariable } from "../shell.ts";

/** Read by the compose file and by the process itself. */
const KNOWN_BESIDES = ["OPENCLAW_IMAGE", "OPENCLAW_BACKEND_ROOT", "BACKEND_ENV_FILE"];
/** What looks like one of our settings. */
const OURS = /^(?:BACKEND|WEB|BACKUP|OPENCLAW|RELAY|EXECUTOR|JOB|ASTR|ASTRBOT)_/;

export const checkSettings = (context: DoctorContext): Finding[] => {
  const { envFault, envFile, envPath, environment } = context;
  if (envFault !== undefined) {
    return [found("env_unreadable", { path: envPath, error: envFault }, `${setAside(envPath)} && ${START}`)];
  }
  if (!envFile) {
    const isConfigured = Boolean(environment.BACKEND_API_TOKEN);
    return isConfigured ? [found("env_elsewhere")] : [found("env_missing", { path: envPath }, START)];
  }
  const findings = [...mode(envPath), ...lines(context), ...faults(context), ...tokens(context), ...host(context)];
  return findings.length > 0 ? findings : [found("env_ok", { path: envPath, count: Object.keys(envFile).length })];
};

const mode = (path: string): Finding[] => {
  const bits = statSync(path).mode & 0o777;
  if ((bits & SHARED_MODE) === 0) return [];
  return [found("env_open", { path, mode: bits.toString(8) }, `chmod ${PRIVATE_FILE.toString(8)} ${quote(path)}`)];
};

/** Lines that are read otherwise than they were meant. */
const lines = ({ envPath, envText, envFile = {} }: DoctorContext): Finding[] => {
  const findings: Finding[] = [];
  if (/^\s*export\s+\w+=/m.test(envText)) {
    const command = `sed -i -E 's/^ *export +//' ${quote(envPath)}`;
    findings.push(found("env_export", { path: envPath }, command));
  }
  const known = new Set([...Object.keys(settings), ...KNOWN_BESIDES]);
  const unknown = Object.keys(envFile).filter((name) => OURS.test(name) && !known.has(name));
  if (unknown.length > 0) {
    findings.push(found("setting_unknown", { names: unknown.join(", ") }, dropVariables(envPath, unknown)));
  }
  return findings;
};

const faults = ({ faults, environment, envPath }: DoctorContext): Finding[] => {
  // Equal tokens are a finding of their own.
  const wrong = faults.filter(({ name }) => name !== "BACKEND_API_TOKEN");
  if (wrong.length === 0) return [];
  const names = wrong.map(({ name }) => name);
  const ofProcess = names.filter((name) => environment[name] !== undefined);
  const ofFile = names.filter((name) => environment[name] === undefined);
  const command = [
    ...(ofProcess.length > 0 ? [`unset ${ofProcess.join(" ")}`] : []),
    ...(ofFile.length > 0 ? [dropVariables(envPath, ofFile)] : []),
  ].join(" && ");
  return [
    found("setting_wrong", { faults: wrong.map(({ name, message }) => `${name} ${message}`).join("; ") }, command),
  ];
};

const tokens = ({ config, faults, envPath, environment, envFile = {} }: DoctorContext): Finding[] => {
  const settingOf = (name: string) => (environment[name] ?? envFile[name] ?? "").trim();
  const fresh = (name: string) => setVariable(envPath, name, RANDOM_TOKEN);
  const [api = "", gateway = ""] = secretVariables.map(settingOf);
  const fault = faults.find(({ name }) => name === "BACKEND_API_TOKEN");
  if (api !== "" && fault) {
    const isEqual = fault.message.startsWith("must differ");
    return [found(isEqual ? "tokens_equal" : "token_characters", {}, fresh("BACKEND_API_TOKEN"))];
  }
  const findings: Finding[] = [];
  if (config.apiToken === "") {
    const problem = { kind: "token_missing", severity: "fault", values: {} } as const;
    findings.push(foundProblem(problem, fresh("BACKEND_API_TOKEN")));
  }
  if (config.gateway.token === "") {
    findings.push(found("gateway_token_missing", {}, fresh("OPENCLAW_GATEWAY_TOKEN")));
  } else if (gateway.length < MIN_TOKEN_LENGTH) {
    findings.push(found("gateway_token_short", { length: gateway.length }, fresh("OPENCLAW_GATEWAY_TOKEN")));
  }
  return findings;
};

const host = ({ config, envPath }: DoctorContext): Finding[] =>
  isLoopback(config.host)
    ? []
    : [found("host_open", { host: config.host }, setVariable(envPath, "BACKEND_HOST", "127.0.0.1"))];
