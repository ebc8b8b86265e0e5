import { userInfo } from "node:os";
import { join } from "node:path";
import { type Config, secretVariables } from "@/config.ts";
import type { Environment } from "@/lib/env-file.ts";
import { SettingError } from "@/lib/errors.ts";
import { accountNamed } from "@/lib/paths.ts";

/** What a command-line agent needs to find its programs, home, account, network and language. Nothing else is passed. */
const PASSED = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ"],
  ...["LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"],
  ...["CODEX_HOME", "CODEX_API_KEY", "OPENAI_API_KEY"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"],
  ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS"],
];

/** A child's whole environment: the list above and the operator's additions, never a secret of ours. */
export const childEnvironment = (environment: Environment, passEnv: readonly string[]): Record<string, string> => {
  const child: Record<string, string> = {};
  for (const name of [...PASSED, ...passEnv]) {
    const value = environment[name];
    if (value !== undefined && !secretVariables.some((secret) => secret === name)) child[name] = value;
  }
  return child;
};

/** Where Codex keeps its configuration, login and sessions. */
export const codexHomeOf = ({ CODEX_HOME, HOME = "" }: Environment): string => CODEX_HOME || join(HOME, ".codex");

/** Where `codex login` stores its credentials. */
export const loginFileOf = (environment: Environment): string => join(codexHomeOf(environment), "auth.json");

/**
 * The user that Codex runs as (undefined for the service's own), and the environment with that user's home: its jobs
 * then cannot read our settings, our data or our memory.
 * @throws SettingError when there is no such user, or we may not become it.
 */
export const runAsFor = (
  { executor: { user }, environment }: { executor: Pick<Config["executor"], "user">; environment: Environment },
  { lookUp, ownUid } = { lookUp: accountNamed, ownUid: userInfo().uid },
): { runAs: { uid: number; gid: number } | undefined; environment: Environment } => {
  if (user === "") return { runAs: undefined, environment };
  const account = lookUp(user);
  if (account === undefined) throw new SettingError(`EXECUTOR_USER names ${user}, but there is no such user.`);
  if (account.uid === 0) throw new SettingError("EXECUTOR_USER must not be root.");
  if (ownUid !== 0) throw new SettingError("EXECUTOR_USER needs the service to run as root; leave it blank otherwise.");
  const { name, uid, gid, home } = account;
  return { runAs: { uid, gid }, environment: { ...environment, HOME: home, USER: name, LOGNAME: name } };
};

export type RunAs = ReturnType<typeof runAsFor>["runAs"];
