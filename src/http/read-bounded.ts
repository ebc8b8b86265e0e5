import { AppError } from "@/lib/errors.ts";

/** Reads a body whose length is told in one go, any other until the limit is passed. */
export const readBounded = async (request: Request, maxBytes: number): Promise<Buffer<ArrayBuffer>> => {
  const told = request.headers.get("content-length");
  if (Number(told) > maxBytes) throw tooLarge(maxBytes);
  try {
    if (told === null) return await readChunks(request, maxBytes);
    const bytes = Buffer.from(await request.arrayBuffer());
    if (bytes.length > maxBytes) throw tooLarge(maxBytes);
    return bytes;
  } catch (error) {
    // A client that has gone away in the middle of its body; nobody reads the answer.
    if (request.signal.aborted) throw new AppError("invalid_json", { reason: "the body was cut off" });
    throw error;
  }
};

const readChunks = async (request: Request, maxBytes: number): Promise<Buffer<ArrayBuffer>> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
};

const tooLarge = (maxBytes: number) => new AppError("payload_too_large", { limit: maxBytes });
