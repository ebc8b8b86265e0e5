import { errorText, isFinal } from "@/jobs/state.ts";
import { cut, type TimelineView } from "@/jobs/timeline.ts";
import type { JobView } from "@/jobs/view.ts";
import { isTextKey, type Translate } from "@/locales/translate.ts";
import { Layout } from "../layout.tsx";
import { Card, Data, Facts, Icon, Pill, PostButton, Prose, Since, Timestamp } from "../ui.tsx";
import { excerptOf, type JobProps, jobTones, Lines, RunTime, Said } from "./job-parts.tsx";
import { Timeline } from "./timeline.tsx";

/** Of a page that is loaded at every event. */
const MAX_TASK_CHARS = 8000;
const MAX_CWD_CHARS = 1000;

const addressOf = (jobId: string) => `/web/jobs/${encodeURIComponent(jobId)}`;

export const JobPage = ({ job, timeline, frame }: JobProps & { timeline: TimelineView }) => {
  const { t } = frame;
  const hasEnded = isFinal(job.state);
  const isEmpty = job.result_text.trim() === "";
  return (
    <Layout
      frame={frame}
      title={`${t("job.job")} ${job.job_id}`}
      path="/web/jobs"
      live={!hasEnded && `${addressOf(job.job_id)}/live`}
      reloadSeconds={10}
    >
      <JobHeadline job={job} frame={frame} />
      <JobActions job={job} t={t} />
      <div class="job-columns">
        <div class="job-column">
          {hasEnded && (!isEmpty || job.state === "succeeded") && (
            <Card id="result" title={t("job.result")}>
              {isEmpty ? <p class="hint">{t("job.empty_result")}</p> : <Said text={job.result_text} />}
            </Card>
          )}
          <Card id="timeline" title={t("job.timeline")}>
            {timeline.omitted > 0 && <p class="hint">{t("job.omitted", { count: timeline.omitted })}</p>}
            <Timeline items={timeline.items} isFinal={hasEnded} t={t} />
          </Card>
        </div>
        <div class="job-column">
          <Card id="task" title={t("job.task")}>
            <Lines text={cut(job.task, MAX_TASK_CHARS)} />
          </Card>
          <Card id="facts" title={t("job.facts")}>
            <Facts
              rows={[
                [t("job.job"), <Data text={job.job_id} />],
                [t("job.cwd"), <Data as="code" text={cut(job.cwd, MAX_CWD_CHARS)} />],
                [
                  t("job.level"),
                  <>
                    {job.permission_level} {job.allow_danger && <Pill tone="warning">{t("job.danger")}</Pill>}
                  </>,
                ],
                [t("job.created"), <Timestamp value={job.created_at} />],
                [t("job.started"), job.started_at && <Timestamp value={job.started_at} />],
                [t("job.retry_at"), hasEnded && job.retry_at && <Timestamp value={job.retry_at} />],
                [t("job.finished"), job.finished_at && <Timestamp value={job.finished_at} />],
                [t("job.exit_code"), job.exit_code],
                [t("job.signal"), job.signal],
                [t("job.peak_memory"), job.peak_memory_mib !== null && `${job.peak_memory_mib} MiB`],
                [t("job.cpu_time"), job.cpu_ms !== null && `${(job.cpu_ms / 1000).toFixed(1)} s`],
                [t("job.tokens"), job.usage && tokensOf(job.usage)],
                [t("job.resumes"), job.resume_job_id && <a href={addressOf(job.resume_job_id)}>{job.resume_job_id}</a>],
                [t("job.thread"), job.thread_id && <Data text={job.thread_id} />],
                [t("page.trace_id"), <Data text={job.trace_id} />],
              ]}
            />
          </Card>
        </div>
      </div>
    </Layout>
  );
};

/** The state in one line; for a failed job also the reason and the fix. */
const JobHeadline = ({ job, frame }: JobProps) => {
  const { t } = frame;
  const fixKey = `job.error.${job.error_code}.fix`;
  return (
    <div class={`headline ${jobTones[job.state]}`}>
      <Icon tone={jobTones[job.state]} />
      <div>
        <h1>
          {t(`job.state.${job.state}`)}
          <span class="of-job">
            <Data text={excerptOf(job.task)} />
          </span>
        </h1>
        {job.error !== "" && <Data as="p" text={errorText({ errorCode: job.error_code, error: job.error }, t)} />}
        {isTextKey(fixKey) && <Prose as="p" text={t(fixKey)} />}
        <p class="progress">
          {job.state === "queued" ? <Waiting job={job} t={t} /> : <RunTime job={job} frame={frame} />}
        </p>
      </div>
    </div>
  );
};

const Waiting = ({ job, t }: { job: JobView; t: Translate }) => {
  if (job.waiting_reason === "predecessor") return <span>{t("job.left_by_predecessor")}</span>;
  if (job.waiting_reason === "memory") {
    return <span>{t("job.waiting_for_memory", { available: job.waiting_available_mib ?? "?" })}</span>;
  }
  if (job.retry_at !== null) {
    return (
      <span>
        {t(job.waiting_reason === "quota" ? "job.waiting_for_quota" : "job.waiting_for_login")}{" "}
        <Timestamp value={job.retry_at} />
      </span>
    );
  }
  return <Since value={job.created_at} since={t("job.waiting_since")} elapsed={t("job.waited")} />;
};

const JobActions = ({ job, t }: { job: JobView; t: Translate }) => {
  const address = addressOf(job.job_id);
  const hasEnded = isFinal(job.state);
  const [action, key] = hasEnded ? (["again", "run_again"] as const) : (["cancel", "cancel"] as const);
  return (
    <div class="actions">
      <details class="confirm">
        <summary class="button quiet">{t(`job.${key}`)}</summary>
        <form method="post" action={`${address}/${action}`}>
          <p>{t(`job.${key}_question`)}</p>
          {hasEnded && job.allow_danger && (
            <p>
              <Pill tone="warning">{t("job.danger")}</Pill> {t("job.run_again_danger")}
            </p>
          )}
          <button type="submit" class={hasEnded ? undefined : "danger"}>
            {t(`job.${key}_confirm`)}
          </button>
        </form>
      </details>
      {!hasEnded && job.retry_at !== null && (
        <PostButton action="/web/codex/resume" label={t("status.codex_resume_button")} look="quiet" />
      )}
      {hasEnded && job.thread_id !== null && (
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

const tokensOf = (usage: NonNullable<JobView["usage"]>): string =>
  Object.entries(usage)
    .map(([name, count]) => `${name.replace(/_tokens$/, "").replaceAll("_", " ")} ${count}`)
    .join(", ");
