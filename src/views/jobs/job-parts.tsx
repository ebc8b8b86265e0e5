import { isFinal } from "@/jobs/state.ts";
import type { JobView } from "@/jobs/view.ts";
import { formatSpent } from "@/locales/format.ts";
import type { Locale } from "@/locales/locale.ts";
import { isTextKey, type Translate, translate } from "@/locales/translate.ts";
import { Icon } from "../icons.tsx";
import { Data, Pill, Prose, Since } from "../ui.tsx";
import { excerptOf } from "./job-list.tsx";
import { jobTones } from "./job-state.tsx";
import { Lines, Said } from "./long-text.tsx";

export interface JobPartProps {
  job: JobView;
  locale: Locale;
}

/** How the job stands, in one line, and if it went wrong why and what helps. */
export const JobHeadline = ({ job, locale }: JobPartProps) => {
  const t = translate(locale);
  const fixKey = `job.error.${job.error_code}.fix`;
  return (
    <div id="job-headline" class={`headline ${jobTones[job.state]}`}>
      <Icon tone={jobTones[job.state]} />
      <div>
        <h1>
          {t(`job.state.${job.state}`)}
          <span class="of-job">
            <Data text={excerptOf(job.task)} />
          </span>
        </h1>
        {job.error !== "" && (
          <p>
            <Data text={job.error} />
          </p>
        )}
        {isTextKey(fixKey) && (
          <p>
            <Prose text={t(fixKey)} />
          </p>
        )}
        <p class="progress">
          <Progress job={job} locale={locale} t={t} />
        </p>
      </div>
    </div>
  );
};

const Progress = ({ job, locale, t }: JobPartProps & { t: Translate }) => {
  if (job.state === "running" && job.started_at !== null) {
    return <Since value={job.started_at} since={t("job.started_at")} elapsed={t("job.elapsed")} />;
  }
  if (job.state === "queued") {
    if (job.waiting_reason === "predecessor") return <span>{t("job.left_by_predecessor")}</span>;
    if (job.waiting_reason === "memory") {
      return <span>{t("job.waiting_for_memory", { available: job.waiting_available_mib ?? "?" })}</span>;
    }
    return <Since value={job.created_at} since={t("job.waiting_since")} elapsed={t("job.waited")} />;
  }
  if (job.duration_ms === null) return null;
  return <span>{`${t("job.duration")} ${formatSpent(job.duration_ms, locale)}`}</span>;
};

/** Each asks once more before it does anything, without a script too. */
export const JobActions = ({ job, locale }: JobPartProps) => {
  const t = translate(locale);
  const address = `/web/jobs/${encodeURIComponent(job.job_id)}`;
  return (
    <div id="job-actions" class="actions">
      {isFinal(job.state) ? (
        <details class="confirm">
          <summary class="button quiet">{t("job.run_again")}</summary>
          <form method="post" action={`${address}/again`}>
            <p>{t("job.run_again_question")}</p>
            {job.allow_danger && (
              <p>
                <Pill tone="warning">{t("job.danger")}</Pill> {t("job.run_again_danger")}
              </p>
            )}
            <button type="submit">{t("job.run_again_confirm")}</button>
          </form>
        </details>
      ) : (
        <details class="confirm">
          <summary class="button quiet">{t("job.cancel")}</summary>
          <form method="post" action={`${address}/cancel`}>
            <p>{t("job.cancel_question")}</p>
            <button type="submit" class="danger">
              {t("job.cancel_confirm")}
            </button>
          </form>
        </details>
      )}
      {isFinal(job.state) && job.thread_id !== null && (
        <a class="button quiet" href={`/web/new-job?resume=${encodeURIComponent(job.job_id)}`}>
          {t("job.continue_thread")}
        </a>
      )}
      <a href={`${address}/log`} download={`${job.job_id}.log`}>
        {t("job.download_log")}
      </a>
    </div>
  );
};

export const JobResult = ({ job, locale }: JobPartProps) => {
  const t = translate(locale);
  if (!isFinal(job.state)) return <div id="job-result" />;
  const isEmpty = job.result_text.trim() === "";
  return (
    <div id="job-result">
      {!(isEmpty && job.state !== "succeeded") && (
        <section class="card" aria-labelledby="result">
          <h2 id="result">{t("job.result")}</h2>
          {isEmpty ? <p class="hint">{t("job.empty_result")}</p> : <Said text={job.result_text} />}
        </section>
      )}
    </div>
  );
};

export const JobTask = ({ job, locale }: JobPartProps) => (
  <section class="card" aria-labelledby="task">
    <h2 id="task">{translate(locale)("job.task")}</h2>
    <Lines text={job.task} />
  </section>
);
