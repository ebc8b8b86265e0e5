import { isFinal, readDatabase } from "./evidence.ts";
import type { Ledger } from "./ledger.ts";
import { type ServerOptions, startServer } from "./server.ts";

const POLL_MS = 20;
const DEADLINE_MS = 120_000;

/** One last server without a crash: it works through what is left, and stops when asked. */
export const drain = async (options: ServerOptions, ledger: Ledger): Promise<void> => {
  const server = startServer(options);
  await server.mustBeReady();
  ledger.checkRecovered();
  const deadline = performance.now() + DEADLINE_MS;
  while (isBusy(options.root, ledger) && performance.now() < deadline) await Bun.sleep(POLL_MS);
  await server.stop();
  ledger.inspect();
  ledger.checkEnd();
};

const isBusy = (root: string, ledger: Ledger): boolean =>
  readDatabase(root)?.jobs.some((job) => !isFinal(job) && !ledger.isLeftAlone(job.jobId)) ?? false;
