import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { jsonBody } from "@/http/json-body.ts";
import { ok } from "@/http/ok.ts";
import type { Places } from "@/http/places.ts";
import { queryOf } from "@/http/query.ts";
import { toLogText } from "@/jobs/log-text.ts";
import { CreateJobBody, JobQuery, ListQuery } from "@/jobs/schemas.ts";
import type { JobService } from "@/jobs/service.ts";
import { toJobView } from "@/jobs/to-view.ts";
import { streamJobEvents } from "./job-events.ts";
import { rangeResponse } from "./range.ts";

const MAX_BODY_BYTES = 1024 * 1024;

interface JobRouteDeps {
  jobs: JobService;
  /** Of answers that stay open: event streams and long polls. */
  openAnswers: Places;
}

export const createJobRoutes = ({ jobs, openAnswers }: JobRouteDeps) =>
  new Hono<AppEnv>()
    .post("/", jsonBody(CreateJobBody, { maxBytes: MAX_BODY_BYTES }), (c) => {
      const idempotencyKey = c.req.header("idempotency-key");
      const { job, isReplay } = jobs.submit(c.req.valid("json"), { traceId: c.var.traceId, idempotencyKey });
      if (isReplay) c.header("Idempotent-Replay", "true");
      return ok(c, { job_id: job.jobId, state: job.state });
    })
    .get("/", queryOf(ListQuery), (c) => {
      const { since, cursor, state, limit } = c.req.valid("query");
      if (since !== undefined) {
        const changed = jobs.changedSince(since, limit);
        return ok(c, { jobs: changed.map(toJobView), next_since: changed.at(-1)?.changeSeq ?? since });
      }
      const listed = jobs.list({ state, before: cursor, limit });
      const nextCursor = listed.length === limit ? listed.at(-1)?.position : undefined;
      return ok(c, { jobs: listed.map(({ job }) => toJobView(job)), next_cursor: nextCursor ?? null });
    })
    .get("/:jobId", queryOf(JobQuery), async (c) => {
      const waitMs = c.req.valid("query").wait * 1000;
      const leave = waitMs > 0 ? openAnswers.take() : () => {};
      try {
        return ok(c, { job: toJobView(await jobs.waitForEnd(c.req.param("jobId"), waitMs, c.req.raw.signal)) });
      } finally {
        leave();
      }
    })
    .get("/:jobId/events", (c) => streamJobEvents(c, { jobs, openAnswers, jobId: c.req.param("jobId") }))
    .get("/:jobId/log", (c) => {
      const journal = jobs.journal(c.req.param("jobId"));
      const text = toLogText(journal.next());
      journal.close();
      return rangeResponse(c, new TextEncoder().encode(text), "text/plain; charset=utf-8");
    })
    .post("/:jobId/cancel", (c) => ok(c, { job: toJobView(jobs.cancel(c.req.param("jobId"), c.var.traceId)) }));
