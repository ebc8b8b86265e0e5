import { afterEach } from "bun:test";

/**
 * Bun runs hooks of an imported file for the first test file that imports it only; those of a preloaded file
 * (see bunfig.toml) for every one.
 */
const cleanups: (() => unknown)[] = [];

/** Runs after the test that called it, last first. */
export const onTestEnd = (cleanup: () => unknown): void => void cleanups.push(cleanup);

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
