import { Hono } from "hono";
import type { MemoryGate } from "@/gates/memory.ts";
import type { AppEnv } from "@/http/env.ts";
import { gate } from "@/http/gate.ts";
import { jsonBody } from "@/http/json-body.ts";
import { ok } from "@/http/ok.ts";
import { CreateJobBody } from "@/jobs/schemas.ts";
import type { JobService } from "@/jobs/service.ts";
import { toJobView } from "@/jobs/view.ts";

const MAX_BODY_BYTES = 1024 * 1024;

export const createJobRoutes = ({ jobs, memoryGate }: { jobs: JobService; memoryGate: MemoryGate }) =>
  new Hono<AppEnv>()
    .post("/", gate(memoryGate, "heavy"), jsonBody(CreateJobBody, { maxBytes: MAX_BODY_BYTES }), (c) => {
      const job = jobs.submit(c.req.valid("json"), c.var.traceId);
      return ok(c, { job_id: job.jobId, state: job.state });
    })
    .get("/:jobId", (c) => ok(c, { job: toJobView(jobs.get(c.req.param("jobId"))) }))
    .post("/:jobId/cancel", (c) => ok(c, { job: toJobView(jobs.cancel(c.req.param("jobId"), c.var.traceId)) }));
