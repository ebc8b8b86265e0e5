import type { Context } from "hono";
import type { AppEnv } from "@/http/env.ts";
import type { LivePage } from "@/live/feed.ts";
import type { LiveHub } from "@/live/hub.ts";

/** The page's event stream for whoever asks; it ends with their session. Stands behind the page's own guard and `keepOpen`. */
export const watch = (c: Context<AppEnv>, live: LiveHub, page: LivePage): Response => {
  const headers = { "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" };
  // Nobody would read what a HEAD's stream says, nor ever leave it.
  if (c.req.method === "HEAD") return c.newResponse(null, 200, headers);
  const stream = live.watch(page, {
    ended: c.var.session?.ended,
    lastEventId: c.req.header("last-event-id"),
  });
  return c.newResponse(stream, 200, headers);
};
