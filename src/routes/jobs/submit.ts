import { type Context, Hono } from "hono";
import { readForm, textOf } from "@/http/body.ts";
import type { AppEnv } from "@/http/env.ts";
import { errorText, statusOf } from "@/http/errors.ts";
import { originGuard } from "@/http/host-guard.ts";
import { CreateJobBody } from "@/jobs/schemas.ts";
import type { JobService } from "@/jobs/service.ts";
import { AppError } from "@/lib/errors.ts";
import { newTraceId } from "@/lib/ids.ts";
import { type JobDraft, NewJobPage } from "@/views/jobs/new-job-page.tsx";
import { html, type PageDeps } from "../page.ts";

export interface JobSubmitDeps extends PageDeps {
  jobs: Pick<JobService, "list" | "submit">;
  jobLimits: { maxTaskChars: number; allowDanger: boolean };
}

const DEFAULT_CWD = "/root";
const MAX_FORM_BYTES = 256 * 1024;

/** The form for a new job, which may continue the thread of an earlier one. */
export const createJobSubmitPages = (deps: JobSubmitDeps) => {
  const { jobs, jobLimits, webAuth, frameOf, recordRefusal } = deps;

  const show = (c: Context<AppEnv>, draft: JobDraft, error?: AppError) => {
    const refusal = error && errorText(error, c.var.locale);
    return html(c, NewJobPage({ frame: frameOf(c), draft, limits: jobLimits, refusal }));
  };

  return new Hono<AppEnv>()
    .get("/web/new-job", webAuth.member, (c) => {
      const [last] = jobs.list({ limit: 1 });
      const cwd = last?.job.cwd ?? DEFAULT_CWD;
      return show(c, { task: "", cwd, level: "L3", resumeJobId: c.req.query("resume") ?? "", key: newTraceId() });
    })
    .post("/web/jobs", originGuard(), webAuth.member, async (c) => {
      const form = await readForm(c.req.raw, { maxBytes: MAX_FORM_BYTES });
      const draft: JobDraft = {
        task: textOf(form, "task"),
        cwd: textOf(form, "cwd"),
        level: textOf(form, "level"),
        resumeJobId: textOf(form, "resume_job_id"),
        key: textOf(form, "key"),
      };
      try {
        const idempotencyKey = draft.key || newTraceId();
        const { job } = jobs.submit(toBody(draft), { traceId: c.var.requestId, idempotencyKey });
        return c.redirect(`/web/jobs/${job.jobId}`, 303);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        recordRefusal(c, error);
        c.status(statusOf(error.code));
        return show(c, { ...draft, key: newTraceId() }, error);
      }
    });
};

const toBody = ({ task, cwd, level, resumeJobId }: JobDraft): CreateJobBody => {
  const parsed = CreateJobBody.safeParse({
    task,
    cwd,
    permission_level: level,
    allow_danger: level === "L4",
    resume_job_id: resumeJobId,
  });
  if (!parsed.success) throw new AppError("invalid_request", { fields: "task" });
  return parsed.data;
};
