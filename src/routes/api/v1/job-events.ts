import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { ConcurrencyLimit } from "@/http/concurrency.ts";
import type { AppEnv } from "@/http/env.ts";
import type { JobService } from "@/jobs/service.ts";
import { isFinal } from "@/jobs/state.ts";

/** Below the server's idle timeout; the comment also detects a client that has gone away. */
const HEARTBEAT_MS = 15_000;

interface EventStreamOptions {
  jobs: JobService;
  openResponses: ConcurrencyLimit;
  jobId: string;
}

/**
 * A job's journal as server-sent events, from after `Last-Event-ID` to the job's end. A reader holds a position in the
 * journal and no buffer.
 * @throws AppError `job_not_found` or `too_busy`, before the stream begins.
 */
export const streamJobEvents = (c: Context<AppEnv>, { jobs, openResponses, jobId }: EventStreamOptions): Response => {
  jobs.get(jobId);
  // The stream of a HEAD request would never be read.
  if (c.req.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" });
  const release = openResponses.acquire();
  const journal = jobs.journal(jobId);
  const lastSeen = Number(c.req.header("last-event-id") ?? 0) || 0;
  const gone = new AbortController();

  return streamSSE(c, async (stream) => {
    stream.onAbort(() => gone.abort());
    try {
      while (!gone.signal.aborted) {
        // Subscribed before reading, so that nothing is missed while a slow client takes the entries.
        const nextEvent = jobs.nextEvent(jobId, HEARTBEAT_MS, gone.signal);
        // Read before the entries: when a final state is stored, the last entry has been written.
        const { state } = jobs.get(jobId);
        for (const { id, ...event } of journal.next()) {
          if (id > lastSeen) await stream.writeSSE({ id: String(id), event: event.type, data: JSON.stringify(event) });
        }
        if (isFinal(state)) {
          await stream.writeSSE({ event: "end", data: JSON.stringify({ state }) });
          return;
        }
        await nextEvent;
        if (!gone.signal.aborted) await stream.write(": alive\n\n");
      }
    } finally {
      gone.abort();
      release();
    }
  });
};
