import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { AppEnv } from "@/http/env.ts";
import type { Places } from "@/http/places.ts";
import type { JobService } from "@/jobs/service.ts";
import { isFinal } from "@/jobs/state.ts";

/** Below the server's idle timeout: the comment keeps the connection, and finds out that nobody is there. */
const HEARTBEAT_MS = 15_000;

interface EventStreamOptions {
  jobs: JobService;
  openAnswers: Places;
  jobId: string;
}

/**
 * A job's journal as server-sent events, from after `Last-Event-ID` to the job's end. A reader holds a place in the
 * journal and no buffer; one that has gone away holds nothing.
 * @throws AppError `job_not_found` or `too_busy`, before the stream begins.
 */
export const streamJobEvents = (c: Context<AppEnv>, { jobs, openAnswers, jobId }: EventStreamOptions): Response => {
  jobs.get(jobId);
  // Nobody would read what a HEAD's stream says.
  if (c.req.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" });
  const leave = openAnswers.take();
  const journal = jobs.journal(jobId);
  const lastSeen = Number(c.req.header("last-event-id") ?? 0) || 0;
  const gone = new AbortController();

  return streamSSE(c, async (stream) => {
    stream.onAbort(() => gone.abort());
    try {
      while (!gone.signal.aborted) {
        // Asked for before the look: a reader takes the entries at its leisure, and what happens meanwhile is news too.
        const news = jobs.nextNews(jobId, HEARTBEAT_MS, gone.signal);
        // Read before the entries: an end that is stored has its last entry written.
        const { state } = jobs.get(jobId);
        for (const { id, ...event } of journal.next()) {
          if (id > lastSeen) await stream.writeSSE({ id: String(id), event: event.type, data: JSON.stringify(event) });
        }
        if (isFinal(state)) {
          await stream.writeSSE({ event: "end", data: JSON.stringify({ state }) });
          return;
        }
        await news;
        if (!gone.signal.aborted) await stream.write(": alive\n\n");
      }
    } finally {
      gone.abort();
      journal.close();
      leave();
    }
  });
};
