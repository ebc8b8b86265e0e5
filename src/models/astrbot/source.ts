import { lstat, stat } from "node:fs/promises";
import { type Clock, delay } from "@/lib/clock.ts";
import { attempt } from "@/lib/errors.ts";
import { parseJson } from "@/lib/json.ts";
import type { SourceFailureView } from "../view.ts";

type Fault = SourceFailureView["reason"];

export type ReadFile =
  | { kind: "json"; value: unknown }
  /** @property detail the system's error code of an unreadable file, or how an API failed. */
  | { kind: "missing" | "broken" | "denied"; fault: Fault; detail?: string };

export const MAX_FILE_BYTES = 8 * 1024 * 1024;
export const REREAD_DELAY_MS = 250;

/** AstrBot before v4.26 emptied its file before writing it, and the plugin's export still does. */
const HALF_WRITTEN: readonly Fault[] = ["empty", "not_text", "not_json"];

/** Reads one of AstrBot's files: UTF-8 with up to two BOMs, Python's NaN, and a half-written file once again. */
export const readSource = async (path: string, clock: Clock, isStrict = false): Promise<ReadFile> => {
  const first = await readOnce(path, isStrict);
  if (first.kind === "json" || !HALF_WRITTEN.includes(first.fault)) return first;
  await delay(clock, REREAD_DELAY_MS);
  return readOnce(path, isStrict);
};

const readOnce = async (path: string, isStrict: boolean): Promise<ReadFile> => {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return broken("directory");
    if (stats.isFIFO()) return broken("fifo");
    if (stats.isSocket()) return broken("socket");
    if (!stats.isFile()) return broken("device");
    const file = Bun.file(path).slice(0, MAX_FILE_BYTES + 1);
    return parseDocument(await file.bytes(), isStrict);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    if (code !== "ENOENT") return broken("unreadable", code);
    const link = await lstat(path).catch(() => undefined);
    return { kind: "missing", fault: link?.isSymbolicLink() ? "dangling_link" : "missing" };
  }
};

const broken = (fault: Fault, detail = ""): ReadFile => ({ kind: "broken", fault, detail });

/**
 * Parses the bytes of a file or of a submitted document.
 * @param isStrict refuses bytes that are not UTF-8; otherwise U+FFFD takes their place.
 */
export const parseDocument = (bytes: Uint8Array, isStrict = false): ReadFile => {
  if (bytes.length > MAX_FILE_BYTES) return broken("too_large");
  const decoder = new TextDecoder("utf-8", { fatal: isStrict, ignoreBOM: true });
  const text = attempt(() => decoder.decode(bytes).replace(/^\uFEFF{1,2}/, ""), undefined);
  if (text === undefined) return broken("not_text");
  if (text.trim() === "") return broken("empty");
  try {
    return { kind: "json", value: parseJson(text) };
  } catch (error) {
    // The parser's message is dropped, since it may quote what it found.
    return broken(error instanceof RangeError ? "too_large" : "not_json");
  }
};
