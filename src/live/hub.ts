import type { Clock } from "@/lib/clock.ts";
import type { Logger } from "@/lib/logger.ts";
import { createFeed, type Feed, type LivePage } from "./feed.ts";
import { createStreams } from "./streams.ts";

interface HubDeps {
  clock: Clock;
  logger: Logger;
  /** Called now and then while anybody watches. */
  beforeHeartbeat(): void;
}

interface Watcher {
  /** Aborts when the watcher's session ends. */
  ended: AbortSignal | undefined;
  lastEventId: string | undefined;
}

/** The one source of live pages in this process: a feed for each page that somebody watches, and nothing when nobody does. */
export const createLiveHub = ({ clock, logger, beforeHeartbeat }: HubDeps) => {
  const streams = createStreams({ clock, beforeHeartbeat });
  const feeds = new Map<string, Feed>();

  const feedOf = (page: LivePage): Feed => {
    const known = feeds.get(page.key);
    if (known) return known;
    const feed = createFeed({
      page,
      clock,
      onEmpty: () => feeds.delete(page.key),
      onError: (error) => logger.error({ err: error, page: page.key }, "a live page could not be rendered"),
    });
    feeds.set(page.key, feed);
    return feed;
  };

  return {
    /**
     * An event stream of the page's parts: those the reader lacks first, then each as it changes.
     * @throws AppError `streams_full`
     */
    watch(page: LivePage, { ended, lastEventId }: Watcher): ReadableStream<Uint8Array> {
      let feed: Feed | undefined;
      const stream = streams.open({ ended, onClose: () => feed?.leave(stream) });
      try {
        feed = feedOf(page);
      } catch (error) {
        stream.close();
        throw error;
      }
      void feed.join(stream, lastEventId);
      return stream.body;
    },
    /** Pages that are watched and connections that watch them: 0 and 0 prove that nothing was left behind. */
    size: () => ({ feeds: feeds.size, streams: streams.size() }),
    stop: streams.stop,
  };
};

export type LiveHub = ReturnType<typeof createLiveHub>;
