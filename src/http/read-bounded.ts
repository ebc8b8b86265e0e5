import { AppError } from "@/errors.ts";

/** Stops reading as soon as the limit is passed, whatever Content-Length says. */
export const readBounded = async (request: Request, maxBytes: number): Promise<Buffer<ArrayBuffer>> => {
  const tooLarge = () => new AppError("payload_too_large", { limit: maxBytes });
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    // A client that has gone away in the middle of its body; nobody reads the answer.
    if (request.signal.aborted) throw new AppError("invalid_json", { reason: "the body was cut off" });
    throw error;
  }
  return Buffer.concat(chunks, size);
};
