import { statsOf } from "@/lib/paths.ts";
import { irregularity } from "@/lib/regular-file.ts";

/** One word for a POSIX shell. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** 64 hex digits; the shell's own printf keeps them off every command line. */
export const RANDOM_TOKEN = `"$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n')"`;

/** Not /dev/null, nor another device or pipe, which no command may replace. */
const isSettingsFile = (path: string): boolean => irregularity(statsOf(path)) === undefined;

/** Sets one variable in the env file, which stays private. @param value for a shell: quoted, or an expansion. */
export const setVariable = (envPath: string, name: string, value: string): string => {
  if (!isSettingsFile(envPath)) return `export ${name}=${value}`;
  const [old, draft] = [quote(envPath), quote(`${envPath}.new`)];
  return `(umask 077; { grep -v '^${name}=' ${old}; printf '${name}=%s\\n' ${value}; } > ${draft}) && mv ${draft} ${old}`;
};

/** Comments variables out in the env file, so that their defaults apply. */
export const dropVariables = (envPath: string, names: readonly string[]): string =>
  !isSettingsFile(envPath)
    ? `unset ${names.join(" ")}`
    : `sed -i -E 's/^ *(${names.map((name) => name.replaceAll(/[^\w]/g, ".")).join("|")}) *=/# &/' ${quote(envPath)}`;

/** Renames without overwriting anything. */
export const moveAside = (path: string): string => `mv -n ${quote(path)} ${quote(`${path}.aside`)}`;

export const START = "bun run start";
