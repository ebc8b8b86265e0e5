import { type JobState, jobStates } from "@/jobs/state.ts";
import type { JobView } from "@/jobs/view.ts";
import { readable } from "@/lib/text.ts";
import { formatSpent } from "@/locales/format.ts";
import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import { Data, Pill, Since, Timestamp } from "../ui.tsx";
import { JobPill } from "./job-state.tsx";
import { listQuery, type WantedJobs } from "./list-query.ts";

export interface JobListView {
  /** undefined: of every state. */
  state: JobState | undefined;
  /** Whether the newest jobs are among these. */
  isNewest: boolean;
  /** Newest first. */
  jobs: readonly JobView[];
  /** Where the next page begins. */
  older: number | undefined;
}

const EXCERPT_CHARS = 200;

/** The live part of the jobs page. */
export const JobList = ({ view, locale }: { view: JobListView; locale: Locale }) => {
  const t = translate(locale);
  const { state, jobs, isNewest } = view;
  return (
    <div id="jobs">
      {jobs.length === 0 ? (
        <div class="empty">
          <p>{t(state === undefined && isNewest ? "job.none" : "job.none_in_state")}</p>
          {state === undefined && isNewest && <p class="hint">{t("job.none_fix")}</p>}
        </div>
      ) : (
        <ol class="jobs">
          {jobs.map((job) => (
            <JobRow job={job} locale={locale} t={t} />
          ))}
        </ol>
      )}
      <ListPages view={view} t={t} />
    </div>
  );
};

const JobRow = ({ job, locale, t }: { job: JobView; locale: Locale; t: Translate }) => (
  <li id={`job-${job.job_id}`}>
    <JobPill state={job.state} t={t} />
    <a href={`/web/jobs/${encodeURIComponent(job.job_id)}`}>
      <Data text={excerptOf(job.task)} />
    </a>
    <p class="meta">
      <code>
        <Data text={job.job_id} />
      </code>
      <Timestamp value={job.created_at} />
      <Spent job={job} locale={locale} t={t} />
      {job.error_code !== "" && <Data text={job.error_code} />}
      {job.allow_danger && <Pill tone="warning">{t("job.danger")}</Pill>}
    </p>
  </li>
);

const Spent = ({ job, locale, t }: { job: JobView; locale: Locale; t: Translate }) => {
  if (job.duration_ms !== null) return <span>{`${t("job.duration")} ${formatSpent(job.duration_ms, locale)}`}</span>;
  if (job.state === "running" && job.started_at !== null) {
    return <Since value={job.started_at} since={t("job.started_at")} elapsed={t("job.elapsed")} />;
  }
  return null;
};

/** The first line with something on it. */
export const excerptOf = (task: string): string => {
  const line = readable(task.split(/[\r\n]+/).find((text) => text.trim() !== "") ?? "");
  const characters = [...line.slice(0, 2 * EXCERPT_CHARS)];
  return characters.length > EXCERPT_CHARS ? `${characters.slice(0, EXCERPT_CHARS).join("")}…` : line;
};

const listAddress = (wanted: WantedJobs) => `/web/jobs${listQuery(wanted)}`;

export const StateTabs = ({ current, t }: { current: JobState | undefined; t: Translate }) => (
  <nav class="tabs" aria-label={t("job.filter")}>
    {[undefined, ...jobStates].map((state) => (
      <a href={listAddress({ state })} aria-current={state === current ? "true" : undefined}>
        {t(state === undefined ? "page.all" : `job.state.${state}`)}
      </a>
    ))}
  </nav>
);

const ListPages = ({ view: { state, isNewest, older }, t }: { view: JobListView; t: Translate }) =>
  isNewest && older === undefined ? null : (
    <nav class="pages" aria-label={t("job.pages")}>
      {isNewest ? (
        <span class="off-end">{t("job.newest")}</span>
      ) : (
        <a href={listAddress({ state })}>{t("job.newest")}</a>
      )}
      {older === undefined ? (
        <span class="off-end">{t("job.older")}</span>
      ) : (
        <a href={listAddress({ state, before: older })}>{t("job.older")}</a>
      )}
    </nav>
  );
