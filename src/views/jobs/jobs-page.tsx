import { type JobState, jobStates } from "@/jobs/state.ts";
import type { JobView } from "@/jobs/view.ts";
import { formatSpent } from "@/locales/format.ts";
import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import { type Frame, Layout, type Live } from "../layout.tsx";
import { Data, PageLink, Pill, Since, Timestamp } from "../ui.tsx";
import { excerptOf, jobTones } from "./job-parts.tsx";

export interface JobListView {
  /** undefined: of every state. */
  state: JobState | undefined;
  /** Whether this is the first page. */
  isNewest: boolean;
  /** Newest first. */
  jobs: readonly JobView[];
  /** Where the next page begins. */
  older: number | undefined;
}

export const JobsPage = ({ view, frame, live }: { view: JobListView; frame: Frame; live: Live }) => {
  const t = translate(frame.locale);
  return (
    <Layout frame={frame} title={t("nav.jobs")} path="/web/jobs" live={live}>
      <div class="page-head">
        <h1>{t("nav.jobs")}</h1>
        <a class="button" href="/web/new-job">
          {t("job.new_job")}
        </a>
      </div>
      <section class="card" aria-label={t("nav.jobs")}>
        <nav class="tabs" aria-label={t("job.filter")}>
          {[undefined, ...jobStates].map((state) => (
            <a href={listAddress({ state })} aria-current={state === view.state ? "true" : undefined}>
              {t(state === undefined ? "page.all" : `job.state.${state}`)}
            </a>
          ))}
        </nav>
        <JobList view={view} locale={frame.locale} />
      </section>
    </Layout>
  );
};

interface ListQuery {
  state: JobState | undefined;
  before?: number | undefined;
}

/** "" for the newest of every state. */
export const listQuery = ({ state, before }: ListQuery): string => {
  const query = new URLSearchParams();
  if (state !== undefined) query.set("state", state);
  if (before !== undefined) query.set("before", String(before));
  return query.size > 0 ? `?${query}` : "";
};

const listAddress = (query: ListQuery) => `/web/jobs${listQuery(query)}`;

/** The live part of the page. */
const JobList = ({ view: { state, jobs, isNewest, older }, locale }: { view: JobListView; locale: Locale }) => {
  const t = translate(locale);
  const hasNone = state === undefined && isNewest;
  return (
    <div id="jobs">
      {jobs.length === 0 ? (
        <div class="empty">
          <p>{t(hasNone ? "job.none" : "job.none_in_state")}</p>
          {hasNone && <p class="hint">{t("job.none_fix")}</p>}
        </div>
      ) : (
        <ol class="jobs">
          {jobs.map((job) => (
            <JobRow job={job} locale={locale} t={t} />
          ))}
        </ol>
      )}
      {!(isNewest && older === undefined) && (
        <nav class="pages" aria-label={t("job.pages")}>
          <PageLink href={isNewest ? undefined : listAddress({ state })}>{t("job.newest")}</PageLink>
          <PageLink href={older === undefined ? undefined : listAddress({ state, before: older })}>
            {t("job.older")}
          </PageLink>
        </nav>
      )}
    </div>
  );
};

interface JobRowProps {
  job: JobView;
  locale: Locale;
  t: Translate;
}

const JobRow = ({ job, locale, t }: JobRowProps) => (
  <li id={`job-${job.job_id}`}>
    <Pill tone={jobTones[job.state]}>{t(`job.state.${job.state}`)}</Pill>
    <a href={`/web/jobs/${encodeURIComponent(job.job_id)}`}>
      <Data text={excerptOf(job.task)} />
    </a>
    <p class="meta">
      <code>
        <Data text={job.job_id} />
      </code>
      <Timestamp value={job.created_at} />
      <RunTime job={job} locale={locale} t={t} />
      {job.error_code !== "" && <Data text={job.error_code} />}
      {job.allow_danger && <Pill tone="warning">{t("job.danger")}</Pill>}
    </p>
  </li>
);

/** How long the job ran, or has been running. */
export const RunTime = ({ job, locale, t }: JobRowProps) => {
  if (job.duration_ms !== null) return <span>{`${t("job.duration")} ${formatSpent(job.duration_ms, locale)}`}</span>;
  if (job.state !== "running" || job.started_at === null) return null;
  return <Since value={job.started_at} since={t("job.started_at")} elapsed={t("job.elapsed")} />;
};
