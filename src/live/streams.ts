import type { Clock } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";

/** Each costs a connection and a queue; beyond this a page is told to reload by itself. */
const MAX_STREAMS = 64;
/** What may wait for one slow reader; then it is cut off, and takes up again where it was. */
const MAX_QUEUED_BYTES = 256 * 1024;
/** Below the server's idle limit and that of the proxies in front of it. */
const HEARTBEAT_MS = 15_000;

export interface Stream {
  body: ReadableStream<Uint8Array>;
  send(bytes: Uint8Array): void;
  /** Sends `last`, then ends. */
  close(last?: Uint8Array): void;
}

interface StreamOptions {
  /** Aborts when whoever reads may read no longer. */
  ended: AbortSignal | undefined;
  onClose(): void;
}

interface StreamsDeps {
  clock: Clock;
  /** Called before each heartbeat, while any stream is open: what has expired meanwhile is to say so. */
  beforeHeartbeat(): void;
}

const encode = (text: string) => new TextEncoder().encode(text);
const HEARTBEAT = encode(": alive\n\n");
/** Makes the page load again, which leads to the login. */
const GONE = encode("event: gone\ndata:\n\n");

/** The open event streams of all pages: their number, their queues and their one heartbeat. */
export const createStreams = ({ clock, beforeHeartbeat }: StreamsDeps) => {
  const open = new Set<Stream>();
  let cancelHeartbeat = () => {};

  const beat = () => {
    beforeHeartbeat();
    for (const stream of [...open]) stream.send(HEARTBEAT);
    cancelHeartbeat = open.size > 0 ? clock.schedule(HEARTBEAT_MS, beat) : () => {};
  };

  return {
    /** @throws AppError `streams_full` */
    open({ ended, onClose }: StreamOptions): Stream {
      if (open.size >= MAX_STREAMS) throw new AppError("streams_full", { limit: MAX_STREAMS });
      let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
      let isOpen = true;

      const forget = () => {
        isOpen = false;
        open.delete(stream);
        ended?.removeEventListener("abort", endWithSession);
        if (open.size === 0) cancelHeartbeat();
        onClose();
      };
      const stream: Stream = {
        body: new ReadableStream<Uint8Array>(
          {
            start: (given) => {
              controller = given;
            },
            cancel: () => {
              if (isOpen) forget();
            },
          },
          new ByteLengthQueuingStrategy({ highWaterMark: MAX_QUEUED_BYTES }),
        ),
        send(bytes) {
          if (!isOpen) return;
          controller?.enqueue(bytes);
          if ((controller?.desiredSize ?? 0) < 0) stream.close();
        },
        close(last) {
          if (!isOpen) return;
          if (last) controller?.enqueue(last);
          controller?.close();
          forget();
        },
      };
      const endWithSession = () => stream.close(GONE);

      open.add(stream);
      ended?.addEventListener("abort", endWithSession);
      if (open.size === 1) cancelHeartbeat = clock.schedule(HEARTBEAT_MS, beat);
      return stream;
    },
    size: () => open.size,
    stop(): void {
      for (const stream of [...open]) stream.close();
    },
  };
};

export type Streams = ReturnType<typeof createStreams>;
