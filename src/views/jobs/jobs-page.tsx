import { type JobState, jobStates } from "@/jobs/state.ts";
import type { JobView } from "@/jobs/view.ts";
import { type Frame, Layout } from "../layout.tsx";
import { Data, Empty, PageLink, Pill, Timestamp } from "../ui.tsx";
import { excerptOf, type JobProps, jobTones, RunTime } from "./job-parts.tsx";

export interface JobListView {
  /** undefined: of every state. */
  state: JobState | undefined;
  isNewest: boolean;
  jobs: readonly JobView[];
  /** Where the next page begins. */
  older: number | undefined;
}

export const JobsPage = ({ view, frame }: { view: JobListView; frame: Frame }) => {
  const { state, jobs, isNewest, older } = view;
  const { t } = frame;
  const hasNone = state === undefined && isNewest;
  return (
    <Layout frame={frame} title={t("nav.jobs")} path="/web/jobs" live="/web/jobs-live">
      <div class="page-head">
        <h1>{t("nav.jobs")}</h1>
        <a class="button" href="/web/new-job">
          {t("job.new_job")}
        </a>
      </div>
      <section class="card" aria-label={t("nav.jobs")}>
        <nav class="tabs" aria-label={t("job.filter")}>
          {[undefined, ...jobStates].map((known) => (
            <a href={listAddress(known)} aria-current={known === state ? "true" : undefined}>
              {t(known === undefined ? "page.all" : `job.state.${known}`)}
            </a>
          ))}
        </nav>
        {jobs.length === 0 ? (
          <Empty text={t(hasNone ? "job.none" : "job.none_in_state")} fix={hasNone && t("job.none_fix")} />
        ) : (
          <ol class="jobs">
            {jobs.map((job) => (
              <JobRow job={job} frame={frame} />
            ))}
          </ol>
        )}
        {!(isNewest && older === undefined) && (
          <nav class="pages" aria-label={t("job.pages")}>
            <PageLink href={isNewest ? undefined : listAddress(state)}>{t("job.newest")}</PageLink>
            <PageLink href={older === undefined ? undefined : listAddress(state, older)}>{t("job.older")}</PageLink>
          </nav>
        )}
      </section>
    </Layout>
  );
};

const listAddress = (state: JobState | undefined, before?: number): string => {
  const query = new URLSearchParams();
  if (state !== undefined) query.set("state", state);
  if (before !== undefined) query.set("before", String(before));
  return query.size > 0 ? `/web/jobs?${query}` : "/web/jobs";
};

const JobRow = ({ job, frame }: JobProps) => (
  <li id={`job-${job.job_id}`}>
    <Pill tone={jobTones[job.state]}>{frame.t(`job.state.${job.state}`)}</Pill>
    <a href={`/web/jobs/${encodeURIComponent(job.job_id)}`}>
      <Data text={excerptOf(job.task)} />
    </a>
    <p class="meta">
      <Data as="code" text={job.job_id} />
      <Timestamp value={job.created_at} />
      <RunTime job={job} frame={frame} />
      {job.error_code !== "" && <Data text={job.error_code} />}
      {job.allow_danger && <Pill tone="warning">{frame.t("job.danger")}</Pill>}
    </p>
  </li>
);
