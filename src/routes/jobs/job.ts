import { type Context, Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { originGuard } from "@/http/host-guard.ts";
import { toLogText } from "@/jobs/log-text.ts";
import type { JobService } from "@/jobs/service.ts";
import { isFinal } from "@/jobs/state.ts";
import { createTimeline } from "@/jobs/timeline.ts";
import { toJobView } from "@/jobs/view.ts";
import { JobPage, type JobPageView } from "@/views/jobs/job-page.tsx";
import { html, type PageDeps, watch } from "../page.ts";

export interface JobPageDeps extends PageDeps {
  jobs: Pick<JobService, "get" | "journal" | "cancel" | "submit" | "subscribe">;
}

const RELOAD_SECONDS = 10;

/** One job: its timeline, live, and its actions. */
export const createJobPage = ({ jobs, live, webAuth, frameOf }: JobPageDeps) => {
  /** @throws AppError `job_not_found` */
  const viewOf = (jobId: string): JobPageView => {
    // Read before the entries: the last entry is written before the end is stored.
    const job = toJobView(jobs.get(jobId));
    const journal = jobs.journal(jobId);
    const timeline = createTimeline();
    for (const entry of journal.next()) timeline.add(entry);
    return { job, timeline: timeline.view() };
  };

  const idOf = (c: Context<AppEnv>) => c.req.param("jobId") ?? "";
  const addressOf = (jobId: string) => `/web/jobs/${encodeURIComponent(jobId)}`;

  return new Hono<AppEnv>()
    .get("/web/jobs/:jobId", webAuth.member, (c) => {
      const jobId = idOf(c);
      const view = viewOf(jobId);
      const stream = { address: `${addressOf(jobId)}/live`, reloadSeconds: RELOAD_SECONDS };
      return html(c, JobPage({ view, frame: frameOf(c), live: isFinal(view.job.state) ? undefined : stream }));
    })
    .get("/web/jobs/:jobId/live", webAuth.member, (c) => {
      const { jobId } = jobs.get(idOf(c));
      return watch(c, live, {
        subscribe: (listener) => jobs.subscribe(jobId, listener),
        isComplete: () => isFinal(jobs.get(jobId).state),
      });
    })
    .get("/web/jobs/:jobId/log", webAuth.member, (c) => {
      const jobId = idOf(c);
      const text = toLogText(jobs.journal(jobId).next());
      c.header("Content-Type", "text/plain; charset=utf-8");
      c.header("Content-Disposition", `attachment; filename="${jobId.replace(/[^\w-]/g, "_")}.log"`);
      return c.body(text);
    })
    .post("/web/jobs/:jobId/cancel", originGuard(), webAuth.member, (c) => {
      const { jobId } = jobs.cancel(idOf(c), c.var.requestId);
      return c.redirect(addressOf(jobId), 303);
    })
    .post("/web/jobs/:jobId/again", originGuard(), webAuth.member, (c) => {
      const { task, executor, cwd, permissionLevel, allowDanger } = jobs.get(idOf(c));
      const body = {
        task,
        executor,
        cwd,
        permission_level: permissionLevel,
        allow_danger: allowDanger,
        resume_job_id: undefined,
      };
      const { job } = jobs.submit(body, { traceId: c.var.requestId });
      return c.redirect(addressOf(job.jobId), 303);
    });
};
