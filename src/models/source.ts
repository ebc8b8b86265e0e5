import { constants, type Stats } from "node:fs";
import { lstat, open, stat } from "node:fs/promises";
import { type Clock, delay } from "@/lib/clock.ts";
import { parseJson } from "@/lib/json.ts";
import type { SourceFault } from "./view.ts";

/** What is there, but of no use. */
export type FileFault = Exclude<SourceFault, "missing" | "dangling_link" | "wrong_shape" | "no_provider">;

export type FileOutcome =
  | { kind: "json"; value: unknown }
  | { kind: "missing"; fault: "missing" | "dangling_link" }
  /** @property detail the system's error code of an unreadable file, else "". */
  | { kind: "broken"; fault: FileFault; detail: string };

type DocumentOutcome = Exclude<FileOutcome, { kind: "missing" }>;

export interface ReadOptions {
  /** Puts U+FFFD in place of bytes that are not UTF-8, instead of giving up. */
  replaceBadBytes: boolean;
}

export interface SourceReader {
  readJson(path: string, options: ReadOptions): Promise<FileOutcome>;
}

export const MAX_FILE_BYTES = 8 * 1024 * 1024;
export const REREAD_DELAY_MS = 250;

/** AstrBot before v4.26 emptied its file before writing it, and the plugin's export still does. */
const HALF_WRITTEN: readonly FileFault[] = ["empty", "not_text", "not_json"];

/** Reads AstrBot's files: UTF-8 with up to two BOMs, Python's NaN, and a second look at a half-written one. */
export const createSourceReader = ({ clock }: { clock: Clock }): SourceReader => ({
  async readJson(path, options) {
    const first = await readOnce(path, options);
    if (first.kind !== "broken" || !HALF_WRITTEN.includes(first.fault)) return first;
    await delay(clock, REREAD_DELAY_MS);
    return readOnce(path, options);
  },
});

const readOnce = async (path: string, options: ReadOptions): Promise<FileOutcome> => {
  try {
    const special = specialKindOf(await stat(path));
    if (special) return broken(special);
    const bytes = await readBytes(path);
    return bytes.length > MAX_FILE_BYTES ? broken("too_large") : parseDocument(bytes, options);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown";
    return code === "ENOENT" ? missing(path) : broken("unreadable", code);
  }
};

/** undefined for a regular file. */
const specialKindOf = (stats: Stats): FileFault | undefined => {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "directory";
  if (stats.isFIFO()) return "fifo";
  return stats.isSocket() ? "socket" : "device";
};

const missing = async (path: string): Promise<FileOutcome> => {
  const isLink = await lstat(path).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  return { kind: "missing", fault: isLink ? "dangling_link" : "missing" };
};

const broken = (fault: FileFault, detail = ""): DocumentOutcome => ({ kind: "broken", fault, detail });

/** At most one byte beyond the limit. Non-blocking, should a FIFO have taken the file's place meanwhile. */
const readBytes = async (path: string): Promise<Buffer> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, MAX_FILE_BYTES) + 1);
    let length = 0;
    while (length < buffer.length) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
};

/** The text of a file, or of one that someone handed in. */
export const parseDocument = (bytes: Uint8Array, { replaceBadBytes }: ReadOptions): DocumentOutcome => {
  const text = decode(bytes, replaceBadBytes);
  if (text === undefined) return broken("not_text");
  if (text.trim() === "") return broken("empty");
  try {
    return { kind: "json", value: parseJson(text) };
  } catch {
    // The parser's message is dropped, since it may quote what it found.
    return broken("not_json");
  }
};

const decode = (bytes: Uint8Array, replaceBadBytes: boolean): string | undefined => {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: !replaceBadBytes, ignoreBOM: true });
    return decoder.decode(bytes).replace(/^\uFEFF{1,2}/, "");
  } catch {
    return undefined;
  }
};
