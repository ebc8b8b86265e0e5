import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export interface Migration {
  statements: string[];
  /** SHA-256, as in Drizzle's journal. */
  hash: string;
  /** When it was generated, in milliseconds: migrations apply in this order. */
  at: number;
}

const FOLDER = resolve(import.meta.dir, "../../drizzle");

/**
 * The generated migrations. Imported as a macro, so that they are inlined when the executable is built, which then needs
 * no folder beside it.
 */
export const readMigrations = (): Migration[] => {
  const { entries } = JSON.parse(readFileSync(`${FOLDER}/meta/_journal.json`, "utf8")) as {
    entries: { tag: string; when: number }[];
  };
  return entries.map(({ tag, when }) => {
    const text = readFileSync(`${FOLDER}/${tag}.sql`, "utf8");
    return {
      statements: text.split("--> statement-breakpoint"),
      hash: createHash("sha256").update(text).digest("hex"),
      at: when,
    };
  });
};
