/** Command lines, for the suites that work on this host or a machine of their own. */

interface ShellOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
}

export const sh = async (line: string, { cwd = "/", env = {} }: ShellOptions = {}) => {
  const child = Bun.spawn(["bash", "-c", line], {
    cwd,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, stdout: stdout.trim(), text: (stdout + stderr).trim() };
};

/** @returns what it printed. @throws if it fails. */
export const must = async (...args: Parameters<typeof sh>): Promise<string> => {
  const { code, stdout, text } = await sh(...args);
  if (code !== 0) throw new Error(`${args[0]}: exit code ${code}: ${text.slice(-600)}`);
  return stdout;
};
