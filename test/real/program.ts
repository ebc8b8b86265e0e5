import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 50;

interface ProgramOptions {
  argv: string[];
  cwd: string;
  env: Record<string, string | undefined>;
}

/** A child in a process group of its own, whose stdout and stderr are kept. */
export const startProgram = ({ argv, cwd, env }: ProgramOptions) => {
  const child = Bun.spawn(argv, { cwd, env, detached: true, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  let output = "";
  const keep = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
  };
  void keep(child.stdout);
  void keep(child.stderr);
  const killGroup = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group is empty, as it should be.
    }
  };
  // A test that timed out never comes to stop().
  process.on("exit", killGroup);
  return {
    pid: child.pid,
    output: () => output,
    signal: (signal: NodeJS.Signals) => child.kill(signal),
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    /** Asks it to stop, then makes sure that nothing of its group is left. */
    async stop() {
      child.kill("SIGTERM");
      await Promise.race([child.exited, Bun.sleep(STOP_DEADLINE_MS)]);
      killGroup();
      process.off("exit", killGroup);
      await child.exited;
    },
  };
};
export type Program = ReturnType<typeof startProgram>;

/**
 * Waits for something outside this process, which gives no signal, to become true.
 * @throws when `program` ends before, with what it printed.
 */
export const until = async (isTrue: () => boolean | Promise<boolean>, program?: Program): Promise<void> => {
  while (!(await isTrue())) {
    if (program?.hasExited()) throw new Error(`The program ended early. It printed:\n${program.output()}`);
    await Bun.sleep(POLL_MS);
  }
};

/** Ids of the processes whose command line contains `text`. */
export const processesWith = (text: string): string[] =>
  readdirSync("/proc").filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text));

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
};

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });

/** A folder for one test's files. */
export const createScratch = (parent = tmpdir()) => {
  const folder = mkdtempSync(join(parent, "openclaw-real-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};
