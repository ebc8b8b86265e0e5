import { raw } from "hono/html";
import { NO_RESULT } from "@/executor/output.ts";
import { isFinal } from "@/jobs/state.ts";
import type { JobView } from "@/jobs/view.ts";
import { readable } from "@/lib/text.ts";
import { formatClock, formatMib, formatSpent } from "@/locales/format.ts";
import { isTextKey, type Translate, textOr } from "@/locales/translate.ts";
import { type Frame, Layout } from "../layout.tsx";
import { toHtml } from "../markdown.ts";
import { Age, Card, Clock, Copy, Data, Facts, Icon, Pill, PostButton, Prose, Timestamp } from "../ui.tsx";
import { addressOf, excerptOf, isLonger, type JobProps, jobTones, Lines, type PageJob, RunTime } from "./job-parts.tsx";
import { Timeline } from "./timeline.tsx";
import { cut, type TimelineView } from "./timeline-view.ts";

/** Bounded, since the page is loaded again at every event. */
const MAX_TASK_CHARS = 8000;
const MAX_CWD_CHARS = 1000;
/** A stored result with its mark for a cut is shorter; an adopted database may have more. */
const MAX_RESULT_CHARS = 13_000;

export interface JobPageView {
  job: PageJob;
  timeline: TimelineView;
  /** In the queue; 1 is the next. */
  position: number;
  timeoutMs: number;
  /** The row of the timeline that is unfolded. */
  openId: number;
}

export const JobPage = ({ view, frame }: { view: JobPageView; frame: Frame }) => {
  const { job, timeline } = view;
  const { t } = frame;
  const hasEnded = isFinal(job.state);
  const title = excerptOf(job.task) || job.job_id;
  const result = job.result_text === NO_RESULT ? "" : job.result_text.trim();
  return (
    <Layout
      frame={frame}
      title={`${t(`job.state.${job.state}`)} · ${title}`}
      tone={jobTones[job.state]}
      path="/web/jobs"
      live={!hasEnded && `${addressOf(job.job_id)}/live`}
      reloadSeconds={10}
    >
      <header class="run" data-follow={hasEnded ? undefined : ""}>
        <h1>
          <Data text={title} />
        </h1>
        <StateLine view={view} frame={frame} />
      </header>
      {job.reason !== "" && <WhyNot job={job} t={t} />}
      <JobActions job={job} t={t} />
      {hasEnded && (result !== "" || job.state === "succeeded") && (
        <Result text={result} isAnswer={timeline.isAnswered} t={t} />
      )}
      <Details view={view} frame={frame} />
      <Card id="timeline" title={t("job.timeline")}>
        {timeline.omitted > 0 && <p class="hint">{t("job.omitted", { count: timeline.omitted })}</p>}
        {timeline.items.length === 0 && <p class="hint">{t(noStepsKey(view))}</p>}
        <Timeline
          items={timeline.items}
          isFinal={hasEnded}
          begunAt={job.started_at ?? job.created_at}
          openId={view.openId}
          frame={frame}
        />
      </Card>
    </Layout>
  );
};

const noStepsKey = ({ job, timeline }: JobPageView) => {
  if (!isFinal(job.state)) return "job.no_steps_yet";
  return timeline.hasRun ? "job.no_other_steps" : "job.no_steps";
};

/** State and progress in one line. */
const StateLine = ({ view: { job, timeline, position, timeoutMs }, frame }: { view: JobPageView; frame: Frame }) => {
  const { t, locale, now } = frame;
  const { plan } = timeline;
  const tone = jobTones[job.state];
  const hasEnded = isFinal(job.state);
  return (
    <p class={`state-line ${tone}`}>
      <b>
        <Icon tone={tone} /> {t(`job.state.${job.state}`)}
      </b>
      {job.state === "queued" && <Waiting job={job} position={position} frame={frame} />}
      {timeline.hasRun && (
        <span>
          {hasEnded && `${t("job.took")} `}
          <RunTime job={job} frame={frame} />
          {job.state === "running" && ` ${t("job.of_limit", { limit: formatClock(timeoutMs / 1000) })}`}
        </span>
      )}
      {plan && <span>{t("job.plan_progress", { ...plan })}</span>}
      {job.finished_at && <Age value={job.finished_at} now={now} locale={locale} />}
    </p>
  );
};

const Waiting = ({ job, position, frame: { t, now } }: JobProps & { position: number }) => {
  if (job.waiting_reason === "predecessor") return <span>{t("job.left_by_predecessor")}</span>;
  return (
    <>
      {position > 0 && <span>{t("job.position", { position })}</span>}
      <span>
        {t("job.waited")} <Clock value={job.created_at} now={now} />
      </span>
      {job.waiting_reason === "memory" && (
        <span>{t("job.waiting_for_memory", { available: job.waiting_available_mib ?? "?" })}</span>
      )}
      {job.retry_at !== null && (
        <span>
          {t(job.waiting_reason === "quota" ? "job.waiting_for_quota" : "job.waiting_for_login")}{" "}
          <Timestamp value={job.retry_at} />
        </span>
      )}
    </>
  );
};

/** Why it failed or was stopped, what was said last, and what to do. */
const WhyNot = ({ job, t }: { job: PageJob; t: Translate }) => {
  const fixKey = `job.error.${job.error_code}.fix`;
  return (
    <section class={`card why-not ${jobTones[job.state]}`} aria-label={t("status.cause")}>
      <Data as="strong" text={job.reason} />
      {job.said !== "" && <Lines text={job.said} />}
      {isTextKey(fixKey) && <Prose as="p" text={t(fixKey)} />}
    </section>
  );
};

/** @param isAnswer whether it is Codex's Markdown; otherwise it is the output of a program. */
const Result = ({ text, isAnswer, t }: { text: string; isAnswer: boolean; t: Translate }) => {
  const shown = readable(cut(text, MAX_RESULT_CHARS));
  const html = isAnswer ? toHtml(shown) : undefined;
  return (
    <Card
      id="result"
      title={t(isAnswer || text === "" ? "job.result" : "job.output")}
      aside={text && <Copy text={shown} t={t} />}
    >
      {text === "" && <p class="hint">{t("job.empty_result")}</p>}
      {html === undefined ? <Lines text={shown} /> : <div class="markdown">{raw(html)}</div>}
    </Card>
  );
};

/** The full task and all facts, folded. */
const Details = ({ view: { job, timeline }, frame: { t, locale } }: { view: JobPageView; frame: Frame }) => {
  const hasEnded = isFinal(job.state);
  // The service may have stopped before the job wrote anything.
  const hasRun = timeline.hasRun || job.duration_ms !== null || job.error_code === "interrupted";
  return (
    <div class="further">
      {isLonger(job.task) && (
        <details id="task">
          <summary>{t("job.whole_task")}</summary>
          <Lines text={cut(job.task, MAX_TASK_CHARS)} />
        </details>
      )}
      <details id="facts">
        <summary>{t("job.facts")}</summary>
        <Facts
          rows={[
            [t("job.job"), <WithCopy text={job.job_id} t={t} />],
            [t("job.cwd"), <Data as="code" text={cut(job.cwd, MAX_CWD_CHARS)} />],
            [
              t("job.level"),
              <>
                {job.permission_level} {job.allow_danger && <Pill tone="warning">{t("job.danger")}</Pill>}
              </>,
            ],
            [t("job.created"), <Timestamp value={job.created_at} />],
            [t("job.started"), hasRun && job.started_at && <Timestamp value={job.started_at} />],
            [t("job.retry_at"), hasEnded && job.retry_at && <Timestamp value={job.retry_at} />],
            [t("job.finished"), job.finished_at && <Timestamp value={job.finished_at} />],
            [t("job.exit_code"), job.exit_code],
            [t("job.signal"), job.signal],
            [t("job.peak_memory"), job.peak_memory_mib !== null && formatMib(job.peak_memory_mib)],
            [t("job.cpu_time"), job.cpu_ms !== null && formatSpent(job.cpu_ms, locale)],
            [t("job.tokens"), job.usage && tokensOf(job.usage, t)],
            [t("job.resumes"), job.resume_job_id && <a href={addressOf(job.resume_job_id)}>{job.resume_job_id}</a>],
            [t("job.thread"), job.thread_id && <WithCopy text={job.thread_id} t={t} />],
            [t("page.trace_id"), <WithCopy text={job.trace_id} t={t} />],
          ]}
        />
      </details>
    </div>
  );
};

const WithCopy = ({ text, t }: { text: string; t: Translate }) => (
  <>
    <Data text={text} /> <Copy text={text} t={t} />
  </>
);

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

const tokensOf = (usage: NonNullable<JobView["usage"]>, t: Translate): string =>
  Object.entries(usage)
    .map(([name, count]) => {
      const kind = name.replace(/_tokens$/, "");
      return `${textOr(t, `job.tokens_${kind}`, kind.replaceAll("_", " "))} ${count}`;
    })
    .join(", ");
