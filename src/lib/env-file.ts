import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import example from "../../.env.example" with { type: "text" };
import { newToken, newTraceId } from "./ids.ts";
import { PRIVATE_FILE } from "./permissions.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `K=V` lines; `#` lines and lines without `=` are skipped; one pair of quotes is stripped; no `export`, no inline comments. */
export const parseEnvFile = (text: string): Record<string, string> => {
  const values: Record<string, string> = {};
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const entry = line.trim();
    const separator = entry.indexOf("=");
    if (entry.startsWith("#") || separator < 1) continue;
    values[entry.slice(0, separator).trim()] = unquote(entry.slice(separator + 1).trim());
  }
  return values;
};

const unquote = (value: string): string => /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;

/**
 * Writes `path` from the example with a fresh token in place of each `replace_with_strong_random_token`.
 * @returns false when the file is already there: it is never overwritten.
 */
export const createEnvFile = (path: string): boolean => {
  if (existsSync(path)) return false;
  const text = example.replaceAll("=replace_with_strong_random_token", () => `=${newToken()}`);
  mkdirSync(dirname(path), { recursive: true });
  // Whole or not at all: linking fails when somebody else was first, and a crash before it leaves no half file.
  const draft = `${path}.${newTraceId()}`;
  const fd = openSync(draft, "wx", PRIVATE_FILE);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    closeSync(fd);
    rmSync(draft);
  }
};
