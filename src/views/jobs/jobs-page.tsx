import { type JobState, jobStates } from "@/jobs/state.ts";
import { type Frame, Layout } from "../layout.tsx";
import { Age, Data, Empty, PageLink, Pill, withQuery } from "../ui.tsx";
import { addressOf, excerptOf, type JobProps, jobTones, type PageJob, RunTime } from "./job-parts.tsx";

export interface JobListView {
  /** undefined: of every state. */
  state: JobState | undefined;
  /** The search text. */
  text: string;
  isNewest: boolean;
  counts: ReadonlyMap<JobState, number>;
  /** The running one first. */
  jobs: readonly PageJob[];
  /** Where the next page begins. */
  older: number | undefined;
}

export const JobsPage = ({ view, frame }: { view: JobListView; frame: Frame }) => {
  const { state, text, counts, jobs, isNewest, older } = view;
  const { t } = frame;
  const address = (before?: number) => withQuery("/web/jobs", { state, q: text, before });
  const total = counts.values().reduce((sum, count) => sum + count, 0);
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
            <a
              href={withQuery("/web/jobs", { state: known, q: text })}
              aria-current={known === state ? "true" : undefined}
            >
              {t(known === undefined ? "page.all" : `job.state.${known}`)}{" "}
              <span class="number">{known === undefined ? total : (counts.get(known) ?? 0)}</span>
            </a>
          ))}
        </nav>
        <form class="search" method="get" action="/web/jobs">
          {state && <input type="hidden" name="state" value={state} />}
          <input
            type="search"
            name="q"
            value={text}
            maxlength={200}
            aria-label={t("job.search_label")}
            placeholder={t("job.search_hint")}
          />
          <button type="submit" class="quiet">
            {t("page.search")}
          </button>
        </form>
        {jobs.length === 0 ? (
          <Empty text={t(emptyKey(view, total))} fix={total === 0 && t("job.none_fix")} />
        ) : (
          <ol class="jobs">
            {jobs.map((job) => (
              <JobRow job={job} frame={frame} />
            ))}
          </ol>
        )}
        {!(isNewest && older === undefined) && (
          <nav class="pages" aria-label={t("job.pages")}>
            <PageLink href={isNewest ? undefined : address()}>{t("job.newest")}</PageLink>
            <PageLink href={older === undefined ? undefined : address(older)}>{t("job.older")}</PageLink>
          </nav>
        )}
      </section>
    </Layout>
  );
};

const emptyKey = ({ text }: JobListView, total: number) => {
  if (total === 0) return "job.none";
  return text === "" ? "job.none_in_state" : "job.none_found";
};

const JobRow = ({ job, frame }: JobProps) => (
  <li id={`job-${job.job_id}`}>
    <Pill tone={jobTones[job.state]}>{frame.t(`job.state.${job.state}`)}</Pill>
    <a href={addressOf(job.job_id)}>
      <Data text={excerptOf(job.task) || job.job_id} />
    </a>
    {job.allow_danger && <Pill tone="warning">{frame.t("job.danger")}</Pill>}
    {job.reason !== "" && (
      <span class="reason">
        <Data text={excerptOf(job.reason)} />
      </span>
    )}
    <RunTime job={job} frame={frame} />
    <Age value={job.created_at} now={frame.now} locale={frame.locale} />
  </li>
);
