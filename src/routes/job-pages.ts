import { type Context, Hono } from "hono";
import { readForm, textOf } from "@/http/body.ts";
import type { AppEnv } from "@/http/env.ts";
import { errorText, inParts, statusOf } from "@/http/errors.ts";
import { originGuard } from "@/http/host-guard.ts";
import { readInTurns, toLogText } from "@/jobs/journal.ts";
import { CreateJobBody } from "@/jobs/schemas.ts";
import type { JobService } from "@/jobs/service.ts";
import { isFinal, type JobRow, jobStates, type Reason, reasonOf, saidIn } from "@/jobs/state.ts";
import { AppError } from "@/lib/errors.ts";
import { newTraceId } from "@/lib/identity.ts";
import { firstChars } from "@/lib/text.ts";
import { translate } from "@/locales/translate.ts";
import { JobPage } from "@/views/jobs/job-page.tsx";
import { JobsPage } from "@/views/jobs/jobs-page.tsx";
import { type JobDraft, NewJobPage } from "@/views/jobs/new-job-page.tsx";
import { toTimeline } from "@/views/jobs/timeline-view.ts";
import { html, type PageDeps, resultOrError, watch } from "./page.ts";

interface JobPageDeps extends PageDeps {
  jobs: JobService;
  jobLimits: { maxTaskChars: number; allowDanger: boolean; timeoutMs: number };
}

const PAGE_SIZE = 50;
const MAX_SEARCH_CHARS = 200;
const DEFAULT_CWD = "/root";
const MAX_FORM_BYTES = 256 * 1024;

/** The list of jobs, the form for a new one, and each job with its timeline and actions. */
export const createJobPages = (deps: JobPageDeps) => {
  const { jobs, jobLimits, live, webAuth, frameOf } = deps;

  const showForm = (c: Context<AppEnv>, draft: JobDraft, error?: AppError) => {
    const refusal = error && errorText(error, c.var.locale);
    return html(c, NewJobPage({ frame: frameOf(c), draft, limits: jobLimits, refusal }));
  };
  const showJob = (c: Context<AppEnv>, jobId: string) => c.redirect(`/web/jobs/${encodeURIComponent(jobId)}`, 303);

  return new Hono<AppEnv>()
    .get("/web/jobs", webAuth.member, async (c) => {
      const { state, text, before } = filterOf(c);
      const { jobs: listed, next: older } = await jobs.list({ state, text, before, limit: PAGE_SIZE }, c.var.turns);
      await c.var.turns();
      const isNewest = before === undefined;
      const pinned = isNewest && state === undefined && text === "" ? jobs.running() : [];
      const rest = listed.filter(({ jobId }) => !pinned.some((job) => job.jobId === jobId));
      const shown = [...pinned, ...rest];
      const views = jobs.views(shown).map((job, index) => ({ ...job, ...reasonIn(c, shown[index]) }));
      const view = { state, text, isNewest, counts: jobs.countByState(), jobs: views, older };
      return html(c, JobsPage({ view, frame: frameOf(c) }));
    })
    .get("/web/jobs-live", webAuth.member, (c) => watch(c, live, { subscribe: jobs.subscribe }))
    .get("/web/new-job", webAuth.member, async (c) => {
      const [last] = (await jobs.list({ limit: 1 }, c.var.turns)).jobs;
      const cwd = last?.cwd ?? DEFAULT_CWD;
      return showForm(c, { task: "", cwd, level: "L3", resumeJobId: c.req.query("resume") ?? "", key: newTraceId() });
    })
    .post("/web/jobs", originGuard(), webAuth.member, async (c) => {
      const form = await readForm(c, { maxBytes: MAX_FORM_BYTES });
      const draft: JobDraft = {
        task: textOf(form, "task"),
        cwd: textOf(form, "cwd"),
        level: textOf(form, "level"),
        resumeJobId: textOf(form, "resume_job_id"),
        key: textOf(form, "key") || newTraceId(),
      };
      const result = await resultOrError(c, deps, () =>
        jobs.submit(toBody(draft), { traceId: c.var.requestId, idempotencyKey: draft.key }),
      );
      if (!(result instanceof AppError)) return showJob(c, result.job.jobId);
      c.status(statusOf(result.code));
      return showForm(c, { ...draft, key: newTraceId() }, result);
    })
    .get("/web/jobs/:jobId", webAuth.member, async (c) => {
      // Read before the entries: the last entry is written before the end is stored.
      const row = jobs.get(c.req.param("jobId"));
      const job = { ...jobs.view(row), ...reasonIn(c, row) };
      const above = isFinal(row.state) ? { said: job.said || job.reason, resultText: job.result_text } : undefined;
      const timeline = toTimeline(await readInTurns(jobs.journal(job.job_id), c.var.turns), above);
      await c.var.turns();
      const position = job.state === "queued" ? jobs.positionOf(job.job_id) : 0;
      const view = { job, timeline, position, timeoutMs: jobLimits.timeoutMs, openId: Number(c.req.query("row")) };
      return html(c, JobPage({ view, frame: frameOf(c) }));
    })
    .get("/web/jobs/:jobId/live", webAuth.member, (c) => {
      const { jobId, state } = jobs.get(c.req.param("jobId"));
      return watch(c, live, {
        // The end of another job moves it up in the queue.
        subscribe: (listener) => jobs.subscribe(listener, state === "queued" ? undefined : jobId),
        isComplete: () => isFinal(jobs.get(jobId).state),
      });
    })
    .get("/web/jobs/:jobId/log", webAuth.member, async (c) => {
      const jobId = c.req.param("jobId");
      const text = toLogText(await readInTurns(jobs.journal(jobId), c.var.turns));
      c.header("Content-Type", "text/plain; charset=utf-8");
      c.header("Content-Disposition", `attachment; filename="${jobId.replace(/[^\w-]/g, "_")}.log"`);
      return c.body(inParts(Buffer.from(text)));
    })
    .post("/web/jobs/:jobId/cancel", originGuard(), webAuth.member, async (c) => {
      const { jobId } = await jobs.cancel(c.req.param("jobId"), c.var.requestId);
      return showJob(c, jobId);
    })
    .post("/web/jobs/:jobId/again", originGuard(), webAuth.member, async (c) => {
      const { task, executor, cwd, permissionLevel, allowDanger } = jobs.get(c.req.param("jobId"));
      const body = { task, executor, cwd, permission_level: permissionLevel, allow_danger: allowDanger };
      const { job } = await jobs.submit(
        { ...body, notify: undefined, resume_job_id: undefined },
        { traceId: c.var.requestId },
      );
      return showJob(c, job.jobId);
    });
};

const NOT_FAILED: Reason = { reason: "", said: "" };

/** None for a cancel, which the state shows, unless Codex said something. */
const reasonIn = (c: Context<AppEnv>, job: JobRow | undefined): Reason => {
  if (!job || (job.errorCode === "canceled_by_user" && saidIn(job) === "")) return NOT_FAILED;
  return reasonOf(job, translate(c.var.locale));
};

/** Invalid filters are ignored. */
const filterOf = (c: Context<AppEnv>) => {
  const before = c.req.query("before") ?? "";
  return {
    state: jobStates.find((state) => state === c.req.query("state")),
    text: firstChars(c.req.query("q")?.trim() ?? "", MAX_SEARCH_CHARS),
    before: /^\d{1,15}$/.test(before) ? Number(before) : undefined,
  };
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
