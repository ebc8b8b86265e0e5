import type { Clock } from "@/lib/clock.ts";
import { mediaTypeOf } from "./media-type.ts";
import { headersToClient } from "./passed-headers.ts";
import type { TurnGuard } from "./turn-guard.ts";

/** A JSON answer is held until it is whole, so that a cut one is told as such and not passed on. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;

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
  const passedHeaders = headersToClient(headers);
  const contentType = passedHeaders["content-type"] ?? "";
  return {
    status,
    contentType,
    mediaType: mediaTypeOf(contentType),
    isPacked: !["", "identity"].includes(headers.get("content-encoding") ?? ""),
    retryAfterSeconds: retryAfterOf(passedHeaders["retry-after"] ?? null, clock),
    passedHeaders,
  };
};

/** Reads to the end; undefined when that is too far away, whatever length was told. */
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
