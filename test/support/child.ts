import { onTestEnd } from "./cleanup.ts";
import { fixture } from "./fixtures.ts";

interface ChildOptions {
  root: string;
  env?: Record<string, string>;
  cwd?: string;
}

export type ServiceChild = Bun.Subprocess<"ignore", "pipe", "pipe">;

/** The service as a process of its own, with a folder of its own; it is gone when the test ends. */
export const startChild = (argv: string[], { root, env = {}, cwd = "/" }: ChildOptions): ServiceChild => {
  const child = Bun.spawn(argv, {
    cwd,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: root,
      OPENCLAW_BACKEND_ROOT: root,
      BACKEND_PORT: "0",
      EXECUTOR_CODEX_BIN: fixture("bin/zoo"),
      ...env,
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  onTestEnd(async () => {
    child.kill("SIGKILL");
    await child.exited;
  });
  return child;
};

/** Reads until the line with the page's address has come; everything printed so far. */
export const untilReady = async (child: ServiceChild): Promise<string> => {
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += new TextDecoder().decode(chunk);
    if (printed.includes("/web/status\n")) return printed;
  }
  throw new Error(`it ended: ${printed}${await new Response(child.stderr).text()}`);
};
