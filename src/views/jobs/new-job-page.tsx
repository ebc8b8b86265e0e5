import { type Frame, Layout } from "../layout.tsx";
import { NoticeBar } from "../ui.tsx";

/** The values typed or suggested. */
export interface JobDraft {
  task: string;
  cwd: string;
  level: string;
  /** The job whose thread is continued, in that job's directory; "" for a new one. */
  resumeJobId: string;
  /** The idempotency key: a form sent twice creates one job. */
  key: string;
}

interface NewJobPageProps {
  frame: Frame;
  draft: JobDraft;
  limits: { maxTaskChars: number; allowDanger: boolean };
  refusal?: { text: string; fix: string } | undefined;
}

export const NewJobPage = ({ frame, draft, limits, refusal }: NewJobPageProps) => {
  const { t } = frame;
  const { resumeJobId } = draft;
  return (
    <Layout frame={frame} title={t("job.new_job")} path="/web/jobs">
      <h1>{resumeJobId === "" ? t("job.new_job") : t("job.continue_heading", { id: resumeJobId })}</h1>
      {refusal && <NoticeBar tone="fault" text={t("job.refused", { text: refusal.text })} fix={refusal.fix} />}
      <form class="card fields" method="post" action="/web/jobs">
        <input type="hidden" name="key" value={draft.key} />
        <input type="hidden" name="resume_job_id" value={resumeJobId} />
        <label>
          <span>{t("job.task")}</span>
          <textarea name="task" rows={8} required dir="auto" aria-describedby="task-hint">
            {draft.task}
          </textarea>
        </label>
        <p class="hint" id="task-hint">
          {t("job.task_hint", { limit: limits.maxTaskChars })}
        </p>
        {resumeJobId === "" && (
          <label>
            <span>{t("job.cwd")}</span>
            <input type="text" name="cwd" value={draft.cwd} required spellcheck={false} autocomplete="off" />
          </label>
        )}
        <fieldset>
          <legend>{t("job.level")}</legend>
          {(limits.allowDanger ? ["L3", "L4"] : ["L3"]).map((level) => (
            <label class="choice">
              <input type="radio" name="level" value={level} checked={draft.level === level} />
              <span>{t(level === "L4" ? "job.level_danger" : "job.level_sandbox")}</span>
            </label>
          ))}
        </fieldset>
        <div class="actions">
          <button type="submit">{t("job.submit")}</button>
          <a href="/web/jobs">{t("job.back")}</a>
        </div>
      </form>
    </Layout>
  );
};
