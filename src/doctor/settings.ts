import { statSync } from "node:fs";
import { MIN_TOKEN_LENGTH, secretVariables, settings } from "@/config.ts";
import { SHARED_MODE } from "@/lib/file-permissions.ts";
import { isLoopback } from "@/lib/loopback.ts";
import type { DoctorContext } from "./context.ts";
import { createFindings, type Finding, fromProblem } from "./finding.ts";
import { dropVariables, moveAside, quote, RANDOM_TOKEN, START, setVariable } from "./shell.ts";

/** Read by the compose file and by the process itself. */
const KNOWN_BESIDES = ["OPENCLAW_IMAGE", "OPENCLAW_BACKEND_ROOT", "BACKEND_ENV_FILE"];
const OUR_PREFIXES = /^(?:BACKEND|WEB|BACKUP|OPENCLAW|RELAY|EXECUTOR|JOB|ASTR|ASTRBOT)_/;

export const checkSettings = (context: DoctorContext): Finding[] => {
  const { envFault, envFile, envPath: path, environment } = context;
  if (envFault !== undefined) {
    return [fail("env_unreadable", { path, error: envFault }, `${moveAside(path)} && ${START}`)];
  }
  if (!envFile) return environment.BACKEND_API_TOKEN ? [ok("env_elsewhere")] : [fail("env_missing", { path }, START)];
  const findings = [
    ...checkMode(path),
    ...checkLines(context),
    ...checkValues(context),
    ...checkTokens(context),
    ...checkHost(context),
  ];
  return findings.length > 0 ? findings : [ok("env_ok", { path, count: Object.keys(envFile).length })];
};

const checkMode = (path: string): Finding[] => {
  const bits = statSync(path).mode & 0o777;
  return (bits & SHARED_MODE) === 0
    ? []
    : [fail("env_open", { path, mode: bits.toString(8) }, `chmod 600 ${quote(path)}`)];
};

/** Lines without the effect they seem to have. */
const checkLines = ({ envPath: path, envText, envFile = {} }: DoctorContext): Finding[] => {
  const hasExport = /^\s*export\s+\w+=/m.test(envText);
  const known = new Set([...Object.keys(settings), ...KNOWN_BESIDES]);
  const unknown = Object.keys(envFile).filter((name) => OUR_PREFIXES.test(name) && !known.has(name));
  return [
    ...(hasExport ? [warn("env_export", { path }, `sed -i -E 's/^ *export +//' ${quote(path)}`)] : []),
    ...(unknown.length > 0
      ? [warn("setting_unknown", { names: unknown.join(", ") }, dropVariables(path, unknown))]
      : []),
  ];
};

const checkValues = ({ faults, environment, envPath }: DoctorContext): Finding[] => {
  // The API token has findings of its own.
  const wrong = faults.filter(({ name }) => name !== "BACKEND_API_TOKEN");
  if (wrong.length === 0) return [];
  const names = wrong.map(({ name }) => name);
  const inProcess = names.filter((name) => environment[name] !== undefined);
  const inFile = names.filter((name) => environment[name] === undefined);
  const commands = [
    ...(inProcess.length > 0 ? [`unset ${inProcess.join(" ")}`] : []),
    ...(inFile.length > 0 ? [dropVariables(envPath, inFile)] : []),
  ];
  const list = wrong.map(({ name, message }) => `${name} ${message}`).join("; ");
  return [fail("setting_wrong", { faults: list }, commands.join(" && "))];
};

const checkTokens = ({ config, faults, envPath, environment, envFile = {} }: DoctorContext): Finding[] => {
  const read = (name: string) => (environment[name] ?? envFile[name] ?? "").trim();
  const renew = (name: string) => setVariable(envPath, name, RANDOM_TOKEN);
  const [api = "", gateway = ""] = secretVariables.map(read);
  const fault = faults.find(({ name }) => name === "BACKEND_API_TOKEN");
  if (api !== "" && fault) {
    const isEqual = fault.message.startsWith("must differ");
    return [fail(isEqual ? "tokens_equal" : "token_characters", {}, renew("BACKEND_API_TOKEN"))];
  }
  const findings: Finding[] = [];
  if (config.apiToken === "") {
    findings.push(fromProblem({ kind: "token_missing", severity: "fault", values: {} }, renew("BACKEND_API_TOKEN")));
  }
  if (config.gateway.token === "") {
    findings.push(fail("gateway_token_missing", {}, renew("OPENCLAW_GATEWAY_TOKEN")));
  } else if (gateway.length < MIN_TOKEN_LENGTH) {
    findings.push(warn("gateway_token_short", { length: gateway.length }, renew("OPENCLAW_GATEWAY_TOKEN")));
  }
  return findings;
};

const checkHost = ({ config: { host }, envPath }: DoctorContext): Finding[] =>
  isLoopback(host) ? [] : [warn("host_open", { host }, setVariable(envPath, "BACKEND_HOST", "127.0.0.1"))];

const { ok, warn, fail } = createFindings({
  "zh-CN": {
    "env_ok.seen": "设置：{path}，{count} 个变量，只有所有者可读",
    "env_elsewhere.seen": "设置来自环境变量，没有 .env 文件",
    "env_missing.seen": "没有设置文件 {path}",
    "env_missing.cause": "服务还没有启动过。",
    "env_missing.fix": "启动一次：会生成带随机 token 的文件。",
    "env_unreadable.seen": "无法读取设置文件 {path}（{error}）",
    "env_unreadable.cause": "它不是普通文件，或没有读取权限。",
    "env_unreadable.fix": "把它移开，启动服务生成新的，再把需要的设置抄过来。",
    "env_open.seen": "{path} 的权限是 {mode}",
    "env_open.cause": "其他用户可以读到里面的 token。",
    "env_open.fix": "收紧权限；若有其他人登录过，请更换两个 token。",
    "env_export.seen": "{path} 中有以 export 开头的行",
    "env_export.cause": "这样的行不会生效。",
    "env_export.fix": "去掉 export，然后重启服务。",
    "setting_unknown.seen": "不认识的设置：{names}",
    "setting_unknown.cause": "变量名拼写有误，或已不再使用；它不会生效。",
    "setting_unknown.fix": "对照 .env.example 改正；不需要就注释掉。",
    "setting_wrong.seen": "设置的值不对：{faults}",
    "setting_wrong.cause": "服务会拒绝启动。",
    "setting_wrong.fix": "按 .env.example 改正；下面的命令恢复默认值。",
    "tokens_equal.seen": "BACKEND_API_TOKEN 与网关 token 相同",
    "tokens_equal.cause": "知道其中一个的人就能使用两边；服务会拒绝启动。",
    "tokens_equal.fix": "换一个新的 API token，插件中填同一个值，然后重启服务。",
    "token_characters.seen": "BACKEND_API_TOKEN 含有空格或非 ASCII 字符",
    "token_characters.cause": "HTTP 头无法传递；服务会拒绝启动。",
    "token_characters.fix": "换一个新的 API token，插件中填同一个值，然后重启服务。",
    "gateway_token_missing.seen": "OPENCLAW_GATEWAY_TOKEN 未设置或仍是占位值",
    "gateway_token_missing.cause": "网关会拒绝启动，或拒绝我们的请求。",
    "gateway_token_missing.fix": "生成一个，插件中填同一个值，然后重启网关和服务。",
    "gateway_token_short.seen": "OPENCLAW_GATEWAY_TOKEN 只有 {length} 个字符",
    "gateway_token_short.cause": "短 token 容易被猜到。",
    "gateway_token_short.fix": "生成一个新的，插件中填同一个值，然后重启网关和服务。",
    "host_open.seen": "服务监听在 {host}",
    "host_open.cause": "其他主机也能访问；没有防火墙或反向代理时不安全。",
    "host_open.fix": "没有特别需要就改回回环地址，然后重启服务。",
  },
  en: {
    "env_ok.seen": "Settings: {path}, {count} variables, readable by its owner only",
    "env_elsewhere.seen": "Settings come from the environment; there is no .env file",
    "env_missing.seen": "There is no settings file {path}",
    "env_missing.cause": "The service was never started.",
    "env_missing.fix": "Start it once: this creates the file with random tokens.",
    "env_unreadable.seen": "The settings file {path} cannot be read ({error})",
    "env_unreadable.cause": "It is not a regular file, or its permissions forbid it.",
    "env_unreadable.fix": "Move it aside, start the service to create a new one, and copy over what you need.",
    "env_open.seen": "{path} has mode {mode}",
    "env_open.cause": "Other users can read the tokens in it.",
    "env_open.fix": "Restrict it; if others have logged in to this host, change both tokens.",
    "env_export.seen": "{path} has lines that begin with export",
    "env_export.cause": "Such lines have no effect.",
    "env_export.fix": "Remove the word, then restart the service.",
    "setting_unknown.seen": "Unknown settings: {names}",
    "setting_unknown.cause": "A misspelt name, or one no longer in use; it has no effect.",
    "setting_unknown.fix": "Compare with .env.example; comment out what is not needed.",
    "setting_wrong.seen": "Wrong settings: {faults}",
    "setting_wrong.cause": "The service refuses to start.",
    "setting_wrong.fix": "Correct them as .env.example says; the command restores the defaults.",
    "tokens_equal.seen": "BACKEND_API_TOKEN equals the gateway's token",
    "tokens_equal.cause": "Anyone with one of them can use both; the service refuses to start.",
    "tokens_equal.fix": "Create a new API token, set it in the plugin too, then restart the service.",
    "token_characters.seen": "BACKEND_API_TOKEN has blanks or non-ASCII characters",
    "token_characters.cause": "An HTTP header cannot carry it; the service refuses to start.",
    "token_characters.fix": "Create a new API token, set it in the plugin too, then restart the service.",
    "gateway_token_missing.seen": "OPENCLAW_GATEWAY_TOKEN is missing or still the placeholder",
    "gateway_token_missing.cause": "The gateway refuses to start, or refuses our requests.",
    "gateway_token_missing.fix": "Create one, set it in the plugin too, then restart the gateway and the service.",
    "gateway_token_short.seen": "OPENCLAW_GATEWAY_TOKEN has only {length} characters",
    "gateway_token_short.cause": "A short token can be guessed.",
    "gateway_token_short.fix": "Create a new one, set it in the plugin too, then restart the gateway and the service.",
    "host_open.seen": "The service listens on {host}",
    "host_open.cause": "Other hosts can reach it, which is unsafe without a firewall or a reverse proxy.",
    "host_open.fix": "Go back to loopback unless you need it, then restart the service.",
  },
});
