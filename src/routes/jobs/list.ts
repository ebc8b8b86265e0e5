import { type Context, Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import type { JobService } from "@/jobs/service.ts";
import { type JobState, jobStates } from "@/jobs/state.ts";
import { toJobView } from "@/jobs/view.ts";
import type { LivePage } from "@/live/feed.ts";
import type { Locale } from "@/locales/locale.ts";
import { JobList, type JobListView, JobsPage, listQuery } from "@/views/jobs/jobs-page.tsx";
import { html, type PageDeps, watch } from "../page.ts";

export interface JobListDeps extends PageDeps {
  jobs: Pick<JobService, "list" | "subscribeToAll">;
}

interface Wanted {
  state: JobState | undefined;
  before: number | undefined;
}

const PAGE_SIZE = 25;
const RELOAD_SECONDS = 30;

/** The jobs, newest first, live. */
export const createJobListPages = ({ jobs, live, webAuth, frameOf }: JobListDeps) => {
  const view = ({ state, before }: Wanted): JobListView => {
    const listed = jobs.list({ state, before, limit: PAGE_SIZE + 1 });
    const shown = listed.slice(0, PAGE_SIZE);
    return {
      state,
      isNewest: before === undefined,
      jobs: shown.map(({ job }) => toJobView(job)),
      older: listed.length > PAGE_SIZE ? shown.at(-1)?.position : undefined,
    };
  };

  const livePage = (wanted: Wanted, locale: Locale): LivePage => ({
    key: `jobs ${locale} ${wanted.state} ${wanted.before}`,
    subscribe: jobs.subscribeToAll,
    createRenderer: () => ({
      async render() {
        return { fragments: [{ id: "jobs", html: String(JobList({ view: view(wanted), locale })) }] };
      },
    }),
  });

  return new Hono<AppEnv>()
    .get("/web/jobs", webAuth.member, async (c) => {
      const wanted = wantedOf(c);
      const address = `/web/jobs-live${listQuery(wanted)}`;
      const page = { address, reloadSeconds: RELOAD_SECONDS };
      return html(c, JobsPage({ view: view(wanted), frame: frameOf(c), live: page }));
    })
    .get("/web/jobs-live", webAuth.member, (c) => watch(c, live, livePage(wantedOf(c), c.var.locale)));
};

/** What makes no sense in the address is passed over. */
const wantedOf = (c: Context<AppEnv>): Wanted => {
  const before = c.req.query("before") ?? "";
  return {
    state: jobStates.find((state) => state === c.req.query("state")),
    before: /^\d{1,15}$/.test(before) ? Number(before) : undefined,
  };
};
