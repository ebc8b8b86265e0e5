import type { Clock } from "@/clock.ts";
import { mediaTypeOf } from "./media-type.ts";
import type { TurnGuard } from "./turn-guard.ts";

/** A JSON answer is held until it is whole, so that a cut one is told as such and not passed on. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
/** What of the answer's head is the client's business. */
const PASSED_HEADERS = ["content-type", "retry-after", "x-request-id"];

export interface AnswerHead {
  status: number;
  contentType: string;
  mediaType: string;
  /** Compressed although we asked for none: it could be read neither by us nor, unseen, by the client. */
  isPacked: boolean;
  retryAfterSeconds: number | undefined;
  passedHeaders: Record<string, string>;
}

export const headOf = ({ status, headers }: Response, clock: Clock): AnswerHead => {
  const contentType = headers.get("content-type") ?? "";
  const passedHeaders: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = headers.get(name);
    if (value !== null) passedHeaders[name] = value;
  }
  return {
    status,
    contentType,
    mediaType: mediaTypeOf(contentType),
    isPacked: !["", "identity"].includes(headers.get("content-encoding") ?? ""),
    retryAfterSeconds: retryAfterOf(headers.get("retry-after"), clock),
    passedHeaders,
  };
};

/** Reads to the end; undefined when that is too far away. */
export const readWhole = async (response: Response, guard: TurnGuard): Promise<Buffer<ArrayBuffer> | undefined> => {
  const reader = response.body?.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (reader) {
    const { done, value } = await guard.read(() => reader.read());
    if (done) break;
    size += value.length;
    if (size > MAX_JSON_BYTES) {
      await reader.cancel();
      return undefined;
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks, size);
};

/** RFC 9110: seconds, or a date. */
export const retryAfterOf = (header: string | null, clock: Clock): number | undefined => {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  const untilMs = Date.parse(header) - clock.now().getTime();
  return Number.isNaN(untilMs) ? undefined : Math.max(0, Math.ceil(untilMs / 1000));
};
