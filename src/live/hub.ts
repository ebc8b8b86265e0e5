import type { Clock } from "@/lib/clock.ts";
import { AppError } from "@/lib/errors.ts";

/** Each stream costs a connection; beyond this, pages are reloaded by hand. */
const MAX_STREAMS = 64;
/** Below the server's idle timeout and that of common proxies. */
const HEARTBEAT_MS = 15_000;
/** A burst of events becomes one refresh. */
const MIN_INTERVAL_MS = 500;

const message = (text: string) => new TextEncoder().encode(text);
const HEARTBEAT = message(": alive\n\n");
/** The browser loads the page again and replaces what differs. */
const REFRESH = message("event: refresh\ndata:\n\n");
/** Nothing on the page will change any more. */
const END = message("event: end\ndata:\n\n");
/** The session has ended; a reload leads to the login. */
const GONE = message("event: gone\ndata:\n\n");

export interface LivePage {
  /** Calls back when something on the page may have changed. */
  subscribe(listener: () => void): () => void;
  /** Also refreshed this often, for state that emits no event. */
  refreshMs?: number;
  isComplete?(): boolean;
}

interface HubDeps {
  clock: Clock;
  /** Called before each heartbeat, so that expired sessions end their streams. */
  beforeHeartbeat(): void;
}

/** Event streams that tell open pages when to refresh. They carry no content, so a slow reader needs no queue. */
export const createLiveHub = ({ clock, beforeHeartbeat }: HubDeps) => {
  const open = new Set<(last?: Uint8Array) => void>();

  const follow = (
    page: LivePage,
    sessionEnded: AbortSignal | undefined,
    controller: ReadableStreamDefaultController<Uint8Array>,
  ) => {
    let refreshedAtMs = Number.NEGATIVE_INFINITY;
    let cancelRefresh = () => {};
    let cancelHeartbeat = () => {};

    const release = () => {
      open.delete(close);
      cancelRefresh();
      cancelHeartbeat();
      unsubscribe();
      sessionEnded?.removeEventListener("abort", onSessionEnded);
    };
    const close = (last?: Uint8Array) => {
      release();
      if (last) controller.enqueue(last);
      controller.close();
    };
    const onSessionEnded = () => close(GONE);
    const send = (bytes: Uint8Array) => {
      if ((controller.desiredSize ?? 0) > 0) controller.enqueue(bytes);
    };

    const refresh = () => {
      refreshedAtMs = clock.monotonicMs();
      if (page.isComplete?.()) return close(END);
      send(REFRESH);
      if (page.refreshMs !== undefined) cancelRefresh = clock.schedule(page.refreshMs, refresh);
    };
    const onEvent = () => {
      cancelRefresh();
      const sinceMs = clock.monotonicMs() - refreshedAtMs;
      cancelRefresh = clock.schedule(Math.max(0, MIN_INTERVAL_MS - sinceMs), refresh);
    };
    const beat = () => {
      beforeHeartbeat();
      if (!open.has(close)) return;
      send(HEARTBEAT);
      cancelHeartbeat = clock.schedule(HEARTBEAT_MS, beat);
    };

    open.add(close);
    const unsubscribe = page.subscribe(onEvent);
    sessionEnded?.addEventListener("abort", onSessionEnded);
    cancelHeartbeat = clock.schedule(HEARTBEAT_MS, beat);
    // The page may have changed since it was rendered.
    refresh();
    return release;
  };

  return {
    /**
     * @param sessionEnded aborts when the reader's session ends.
     * @throws AppError `streams_full`
     */
    watch(page: LivePage, sessionEnded: AbortSignal | undefined): ReadableStream<Uint8Array> {
      if (open.size >= MAX_STREAMS) throw new AppError("streams_full", { limit: MAX_STREAMS });
      let release = () => {};
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            release = follow(page, sessionEnded, controller);
          },
          cancel: () => release(),
        },
        { highWaterMark: 16 },
      );
    },
    /** Open streams; 0 shows that every reader was released. */
    size: () => open.size,
    stop(): void {
      for (const close of [...open]) close();
    },
  };
};

export type LiveHub = ReturnType<typeof createLiveHub>;
