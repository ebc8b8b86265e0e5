import { resolve } from "node:path";

/** Absolute path of something under test/fixtures. */
export const fixture = (name: string): string => resolve(import.meta.dir, "../fixtures", name);
