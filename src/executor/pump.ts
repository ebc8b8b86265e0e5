/** A collection takes the objects around the chunks away, which alone were seen to pile up to 5 MiB in a flood. */
const COLLECT_EVERY_BYTES = 32 * 1024 * 1024;

/** Reads one chunk at a time, so that nothing piles up here: a full pipe makes the child wait. */
export const pump = (stream: ReadableStream<Uint8Array<ArrayBuffer>>, onChunk: (chunk: Uint8Array) => void) => {
  const reader = stream.getReader();
  const done = (async () => {
    let uncollected = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      onChunk(part.value);
      uncollected += part.value.length;
      // Gives the memory back at once: a flood leaves its chunks behind faster than the collector comes by.
      part.value.buffer.transfer(0);
      if (uncollected < COLLECT_EVERY_BYTES) continue;
      uncollected = 0;
      Bun.gc(true);
    }
  })();
  return { done, abandon: () => reader.cancel() };
};
