import { type Context, Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import type { JobService } from "@/jobs/service.ts";
import { type JobState, jobStates } from "@/jobs/state.ts";
import { toJobView } from "@/jobs/view.ts";
import { type JobListView, JobsPage } from "@/views/jobs/jobs-page.tsx";
import { html, type PageDeps, watch } from "../page.ts";

export interface JobListDeps extends PageDeps {
  jobs: Pick<JobService, "list" | "subscribeToAll">;
}

interface Filter {
  state: JobState | undefined;
  before: number | undefined;
}

const PAGE_SIZE = 25;
const RELOAD_SECONDS = 30;

/** The jobs, newest first, live. */
export const createJobListPages = ({ jobs, live, webAuth, frameOf }: JobListDeps) => {
  const view = ({ state, before }: Filter): JobListView => {
    const listed = jobs.list({ state, before, limit: PAGE_SIZE + 1 });
    const shown = listed.slice(0, PAGE_SIZE);
    return {
      state,
      isNewest: before === undefined,
      jobs: shown.map(({ job }) => toJobView(job)),
      older: listed.length > PAGE_SIZE ? shown.at(-1)?.position : undefined,
    };
  };

  return new Hono<AppEnv>()
    .get("/web/jobs", webAuth.member, (c) => {
      const page = { address: "/web/jobs-live", reloadSeconds: RELOAD_SECONDS };
      return html(c, JobsPage({ view: view(filterOf(c)), frame: frameOf(c), live: page }));
    })
    .get("/web/jobs-live", webAuth.member, (c) => watch(c, live, { subscribe: jobs.subscribeToAll }));
};

/** Invalid filters are ignored. */
const filterOf = (c: Context<AppEnv>): Filter => {
  const before = c.req.query("before") ?? "";
  return {
    state: jobStates.find((state) => state === c.req.query("state")),
    before: /^\d{1,15}$/.test(before) ? Number(before) : undefined,
  };
};
