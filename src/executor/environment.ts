import { secretVariables } from "@/config.ts";
import type { Environment } from "@/lib/env-file.ts";

/** What a command-line agent needs to find its programs, home, account, network and language. Nothing else is passed. */
const PASSED = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "TMPDIR",
  "TZ",
  "LANG",
  "LANGUAGE",
  "LC_ALL",
  "LC_CTYPE",
  "LC_MESSAGES",
  "CODEX_HOME",
  "CODEX_API_KEY",
  "OPENAI_API_KEY",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "all_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NODE_EXTRA_CA_CERTS",
];

/** The child's whole environment: an allow-list, and the operator's additions to it. Our own secrets are never among them. */
export const childEnvironment = (environment: Environment, passEnv: readonly string[]): Record<string, string> => {
  const child: Record<string, string> = {};
  for (const name of [...PASSED, ...passEnv]) {
    const value = environment[name];
    if (value !== undefined && !secretVariables.some((secret) => secret === name)) child[name] = value;
  }
  return child;
};
