import { type Context, Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { originGuard } from "@/http/host-guard.ts";
import { toLogText } from "@/jobs/log-text.ts";
import type { JobService } from "@/jobs/service.ts";
import { isFinal } from "@/jobs/state.ts";
import { createTimeline } from "@/jobs/timeline.ts";
import { toJobView } from "@/jobs/view.ts";
import type { LivePage, Renderer } from "@/live/feed.ts";
import type { Locale } from "@/locales/locale.ts";
import { JobPage, type JobPageView, jobFragments } from "@/views/jobs/job-page.tsx";
import { html, type PageDeps, watch } from "../page.ts";

export interface JobPageDeps extends PageDeps {
  jobs: Pick<JobService, "get" | "journal" | "cancel" | "submit" | "subscribe">;
}

const RELOAD_SECONDS = 10;

/** One job: what happens in it, live, and what can be done about it. */
export const createJobPage = ({ jobs, live, webAuth, frameOf }: JobPageDeps) => {
  /** Follows a job's journal from its beginning. @throws AppError `job_not_found` */
  const follow = (jobId: string) => {
    const journal = jobs.journal(jobId);
    const timeline = createTimeline();
    return {
      view(): JobPageView {
        // Read before the entries: an end that is stored has its last entry written.
        const job = toJobView(jobs.get(jobId));
        for (const entry of journal.next()) timeline.add(entry);
        return { job, timeline: timeline.view() };
      },
    };
  };

  const rendererOf = (jobId: string, locale: Locale): Renderer => {
    const job = follow(jobId);
    return {
      async render() {
        const view = job.view();
        return { fragments: jobFragments(view, locale), isFinal: isFinal(view.job.state) };
      },
    };
  };

  const livePage = (jobId: string, locale: Locale): LivePage => ({
    key: `job ${locale} ${jobId}`,
    subscribe: (listener) => jobs.subscribe(jobId, listener),
    createRenderer: () => rendererOf(jobId, locale),
  });

  const idOf = (c: Context<AppEnv>) => c.req.param("jobId") ?? "";
  const addressOf = (jobId: string) => `/web/jobs/${encodeURIComponent(jobId)}`;

  return new Hono<AppEnv>()
    .get("/web/jobs/:jobId", webAuth.member, async (c) => {
      const jobId = idOf(c);
      const view = follow(jobId).view();
      const stream = { address: `${addressOf(jobId)}/live`, reloadSeconds: RELOAD_SECONDS };
      return html(c, JobPage({ view, frame: frameOf(c), live: isFinal(view.job.state) ? undefined : stream }));
    })
    .get("/web/jobs/:jobId/live", webAuth.member, (c) => {
      const { jobId } = jobs.get(idOf(c));
      return watch(c, live, livePage(jobId, c.var.locale));
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
