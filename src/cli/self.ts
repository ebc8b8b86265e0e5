/**
 * How this very program is started, whichever form it has: what follows are a command and its arguments. An executable
 * is named by the kernel: its file is gone once another has been built beside it, while the service still runs.
 */
export const self: readonly [string, ...string[]] = Bun.isStandaloneExecutable
  ? ["/proc/self/exe"]
  : [process.execPath, "--no-env-file", Bun.main];
