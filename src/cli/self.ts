/** How this very program is started, whichever form it has: what follows are a command and its arguments. */
export const self: readonly [string, ...string[]] = Bun.isStandaloneExecutable
  ? [process.execPath]
  : [process.execPath, "--no-env-file", Bun.main];
