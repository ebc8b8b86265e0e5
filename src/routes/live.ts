import type { Context } from "hono";
import type { AppEnv } from "@/http/env.ts";
import type { LivePage } from "@/live/feed.ts";
import type { LiveHub } from "@/live/hub.ts";

/** The page's event stream for whoever asks; it ends with their session. Stands behind the page's own guard and `keepOpen`. */
export const watch = (c: Context<AppEnv>, live: LiveHub, page: LivePage): Response => {
  const stream = live.watch(page, {
    ended: c.var.session?.ended,
    lastEventId: c.req.header("last-event-id"),
  });
  return c.newResponse(stream, 200, { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" });
};
