/** One word for a POSIX shell, whatever is in it. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** 64 hex digits; the shell's own printf keeps them off every command line. */
export const RANDOM_TOKEN = `"$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \\n')"`;

/** Sets one variable in the env file, which stays private. @param value for a shell: quoted, or an expansion. */
export const setVariable = (envPath: string, name: string, value: string): string => {
  const [old, draft] = [quote(envPath), quote(`${envPath}.new`)];
  return `(umask 077; { grep -v '^${name}=' ${old}; printf '${name}=%s\\n' ${value}; } > ${draft}) && mv ${draft} ${old}`;
};

/** Switches variables off in the env file, so that their defaults apply. */
export const dropVariables = (envPath: string, names: readonly string[]): string =>
  `sed -i -E 's/^ *(${names.map((name) => name.replaceAll(/[^\w]/g, ".")).join("|")}) *=/# &/' ${quote(envPath)}`;

/** Out of the way, without overwriting anything. */
export const setAside = (path: string): string => `mv -n ${quote(path)} ${quote(`${path}.aside`)}`;

export const START = "bun run start";
