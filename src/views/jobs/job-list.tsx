import { type JobState, jobStates } from "@/jobs/state.ts";
import type { JobView } from "@/jobs/view.ts";
import { readable } from "@/lib/text.ts";
import { formatSpent } from "@/locales/format.ts";
import { type JobTranslate, jobTranslator } from "@/locales/job-pages.ts";
import type { Locale } from "@/locales/locale.ts";
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
  const t = jobTranslator(locale);
  const { state, jobs, isNewest } = view;
  return (
    <div id="jobs">
      {jobs.length === 0 ? (
        <div class="empty">
          <p>{t(state === undefined && isNewest ? "noJobs" : "noneInState")}</p>
          {state === undefined && isNewest && <p class="hint">{t("noJobsCure")}</p>}
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

const JobRow = ({ job, locale, t }: { job: JobView; locale: Locale; t: JobTranslate }) => (
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
      {job.allow_danger && <Pill tone="warning">{t("danger")}</Pill>}
    </p>
  </li>
);

const Spent = ({ job, locale, t }: { job: JobView; locale: Locale; t: JobTranslate }) => {
  if (job.duration_ms !== null) return <span>{`${t("duration")} ${formatSpent(job.duration_ms, locale)}`}</span>;
  if (job.state === "running" && job.started_at !== null) {
    return <Since value={job.started_at} since={t("startedAt")} elapsed={t("elapsed")} />;
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

export const StateTabs = ({ current, t }: { current: JobState | undefined; t: JobTranslate }) => (
  <nav class="tabs" aria-label={t("filter")}>
    {[undefined, ...jobStates].map((state) => (
      <a href={listAddress({ state })} aria-current={state === current ? "true" : undefined}>
        {t(state ?? "all")}
      </a>
    ))}
  </nav>
);

const ListPages = ({ view: { state, isNewest, older }, t }: { view: JobListView; t: JobTranslate }) =>
  isNewest && older === undefined ? null : (
    <nav class="pages" aria-label={t("pages")}>
      {isNewest ? <span class="off-end">{t("newest")}</span> : <a href={listAddress({ state })}>{t("newest")}</a>}
      {older === undefined ? (
        <span class="off-end">{t("older")}</span>
      ) : (
        <a href={listAddress({ state, before: older })}>{t("older")}</a>
      )}
    </nav>
  );
