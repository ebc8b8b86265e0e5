import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { ConcurrencyLimit } from "@/http/concurrency.ts";
import type { AppEnv } from "@/http/env.ts";
import { inParts, ok } from "@/http/errors.ts";
import { validate, validateJson } from "@/http/validate.ts";
import { readInTurns, toLogText } from "@/jobs/journal.ts";
import { CreateJobBody, JobQuery, ListQuery } from "@/jobs/schemas.ts";
import type { JobService } from "@/jobs/service.ts";
import { isFinal } from "@/jobs/state.ts";

const MAX_BODY_BYTES = 1024 * 1024;
/** Below the server's idle timeout; the comment also detects a client that has gone away. */
const HEARTBEAT_MS = 15_000;

export interface JobRouteDeps {
  jobs: JobService;
  /** Of responses that stay open: event streams and long polls. */
  openResponses: ConcurrencyLimit;
}

export const createJobRoutes = ({ jobs, openResponses }: JobRouteDeps) =>
  new Hono<AppEnv>()
    .post("/", validateJson(CreateJobBody, { maxBytes: MAX_BODY_BYTES }), async (c) => {
      const idempotencyKey = c.req.header("idempotency-key");
      const { job, isReplay } = await jobs.submit(c.req.valid("json"), { traceId: c.var.requestId, idempotencyKey });
      if (isReplay) c.header("Idempotent-Replay", "true");
      return ok(c, { job_id: job.jobId, state: job.state });
    })
    .get("/", validate("query", ListQuery), async (c) => {
      const { since, cursor, state, limit } = c.req.valid("query");
      if (since !== undefined) {
        const { jobs: changed, nextSince, reset } = jobs.changedSince(since, limit);
        return ok(c, { jobs: jobs.views(changed), next_since: nextSince, reset });
      }
      const listed = await jobs.list({ state, before: cursor, limit }, c.var.turns);
      return ok(c, { jobs: jobs.views(listed.jobs), next_cursor: listed.next ?? null });
    })
    .get("/:jobId", validate("query", JobQuery), async (c) => {
      const waitMs = c.req.valid("query").wait * 1000;
      const release = waitMs > 0 ? openResponses.acquire() : () => {};
      try {
        return ok(c, { job: jobs.view(await jobs.waitForEnd(c.req.param("jobId"), waitMs, c.req.raw.signal)) });
      } finally {
        release();
      }
    })
    .get("/:jobId/events", (c) => streamJobEvents(c, { jobs, openResponses }))
    .get("/:jobId/log", async (c) => {
      const text = toLogText(await readInTurns(jobs.journal(c.req.param("jobId")), c.var.turns));
      return rangeResponse(c, new TextEncoder().encode(text), "text/plain; charset=utf-8");
    })
    .post("/:jobId/cancel", async (c) =>
      ok(c, { job: jobs.view(await jobs.cancel(c.req.param("jobId"), c.var.requestId)) }),
    );

/**
 * A job's journal as server-sent events, from after `Last-Event-ID` to the job's end. A reader holds a position in the
 * journal and one slice of it.
 * @throws AppError `job_not_found` or `too_busy`, before the stream begins.
 */
const streamJobEvents = async (c: Context<AppEnv>, { jobs, openResponses }: JobRouteDeps): Promise<Response> => {
  const { jobId } = jobs.get(c.req.param("jobId") ?? "");
  // The stream of a HEAD request would never be read.
  if (c.req.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" });
  const lastEventId = Number(c.req.header("last-event-id") ?? 0) || 0;
  const known = lastEventId > 0 ? await readInTurns(jobs.journal(jobId), c.var.turns) : [];
  // One that the journal does not have, as after a restore, starts the stream over.
  const lastSeen = known.some(({ id }) => id === lastEventId) ? lastEventId : 0;
  const release = openResponses.acquire();
  const readNext = jobs.journal(jobId);
  const gone = new AbortController();

  return streamSSE(c, async (stream) => {
    stream.onAbort(() => gone.abort());
    try {
      while (!gone.signal.aborted) {
        // Subscribed before reading, so that nothing is missed while a slow client takes the entries.
        const nextEvent = jobs.nextEvent(jobId, HEARTBEAT_MS, gone.signal);
        // Read before the entries: when a final state is stored, the last entry has been written.
        const { state } = jobs.get(jobId);
        for (;;) {
          await c.var.turns();
          const entries = readNext();
          if (entries.length === 0) break;
          for (const { id, ...event } of entries) {
            if (id > lastSeen)
              await stream.writeSSE({ id: String(id), event: event.type, data: JSON.stringify(event) });
          }
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

/** Answers a single `bytes=` range with 206, anything else with the whole. */
const rangeResponse = (c: Context<AppEnv>, bytes: Uint8Array<ArrayBuffer>, contentType: string): Response => {
  const headers = { "Content-Type": contentType, "Accept-Ranges": "bytes" };
  const range = /^bytes=(\d*)-(\d*)$/.exec(c.req.header("range") ?? "");
  const [, first = "", last = ""] = range ?? [];
  if (first === "" && last === "") return c.body(inParts(bytes), 200, headers);

  const start = first === "" ? Math.max(0, bytes.length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? bytes.length - 1 : Math.min(Number(last), bytes.length - 1);
  if (start > end) return c.body(null, 416, { ...headers, "Content-Range": `bytes */${bytes.length}` });
  return c.body(bytes.slice(start, end + 1), 206, {
    ...headers,
    "Content-Range": `bytes ${start}-${end}/${bytes.length}`,
  });
};
