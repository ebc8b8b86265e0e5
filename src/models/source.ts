import { lstat, stat } from "node:fs/promises";
import { type Clock, delay } from "@/lib/clock.ts";
import { parseJson } from "@/lib/json.ts";
import type { SourceFault } from "./view.ts";

/** Why an existing file is unusable. */
export type FileFault = Exclude<SourceFault, "missing" | "dangling_link" | "wrong_shape" | "no_provider">;

type DocumentOutcome =
  | { kind: "json"; value: unknown }
  /** @property detail the system's error code of an unreadable file, else "". */
  | { kind: "broken"; fault: FileFault; detail: string };

export type FileOutcome = DocumentOutcome | { kind: "missing"; fault: "missing" | "dangling_link" };

export interface ReadOptions {
  /** Puts U+FFFD in place of bytes that are not UTF-8, instead of giving up. */
  replaceBadBytes: boolean;
}

export const MAX_FILE_BYTES = 8 * 1024 * 1024;
export const REREAD_DELAY_MS = 250;

/** AstrBot before v4.26 emptied its file before writing it, and the plugin's export still does. */
const HALF_WRITTEN: readonly FileFault[] = ["empty", "not_text", "not_json"];

/** Reads AstrBot's files: UTF-8 with up to two BOMs, Python's NaN, and a half-written file once again. */
export const createSourceReader = ({ clock }: { clock: Clock }) => ({
  async readJson(path: string, options: ReadOptions): Promise<FileOutcome> {
    const first = await readOnce(path, options);
    if (first.kind !== "broken" || !HALF_WRITTEN.includes(first.fault)) return first;
    await delay(clock, REREAD_DELAY_MS);
    return readOnce(path, options);
  },
});
export type SourceReader = ReturnType<typeof createSourceReader>;

const readOnce = async (path: string, options: ReadOptions): Promise<FileOutcome> => {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return broken("directory");
    if (stats.isFIFO()) return broken("fifo");
    if (stats.isSocket()) return broken("socket");
    if (!stats.isFile()) return broken("device");
    const bytes = await Bun.file(path)
      .slice(0, MAX_FILE_BYTES + 1)
      .bytes();
    return bytes.length > MAX_FILE_BYTES ? broken("too_large") : parseDocument(bytes, options);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    return code === "ENOENT" ? missing(path) : broken("unreadable", code);
  }
};

const missing = async (path: string): Promise<FileOutcome> => {
  const isLink = await lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  return { kind: "missing", fault: isLink ? "dangling_link" : "missing" };
};

const broken = (fault: FileFault, detail = ""): DocumentOutcome => ({ kind: "broken", fault, detail });

/** Parses the bytes of a file or of a submitted document. */
export const parseDocument = (bytes: Uint8Array, { replaceBadBytes }: ReadOptions): DocumentOutcome => {
  let text: string;
  try {
    const decoder = new TextDecoder("utf-8", { fatal: !replaceBadBytes, ignoreBOM: true });
    text = decoder.decode(bytes).replace(/^\uFEFF{1,2}/, "");
  } catch {
    return broken("not_text");
  }
  if (text.trim() === "") return broken("empty");
  try {
    return { kind: "json", value: parseJson(text) };
  } catch {
    // The parser's message is dropped, since it may quote what it found.
    return broken("not_json");
  }
};
