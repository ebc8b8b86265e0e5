import { styleText } from "node:util";
import type { Clock } from "@/lib/clock.ts";

const SLOW_MS = 1000;

/** Runs work, and names it on a terminal if it takes longer than a second; output to a file or a program stays as it is. */
export const createSteps =
  (clock: Clock) =>
  async <Result>(label: string, work: () => Result | Promise<Result>): Promise<Result> => {
    const cancel = clock.schedule(SLOW_MS, () => {
      if (process.stderr.isTTY && label !== "") console.error(styleText("dim", label, { stream: process.stderr }));
    });
    try {
      return await work();
    } finally {
      cancel();
    }
  };
