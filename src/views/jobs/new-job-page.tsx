import { jobTranslator } from "@/locales/job-pages.ts";
import type { Frame } from "../frame.ts";
import { Layout } from "../layout.tsx";
import { NoticeBar, Prose } from "../ui.tsx";

/** What was typed, or is suggested. */
export interface JobDraft {
  task: string;
  cwd: string;
  level: string;
  /** The job whose thread is continued, in that job's directory; "" for a new one. */
  resumeJobId: string;
  /** Makes a form that is sent twice one job. */
  key: string;
}

interface NewJobPageProps {
  frame: Frame;
  draft: JobDraft;
  limits: { maxTaskChars: number; allowDanger: boolean };
  /** Why it was not taken. */
  refusal?: { text: string; cure: string } | undefined;
}

const LEVELS = [
  { value: "L3", text: "levelSandbox" },
  { value: "L4", text: "levelDanger" },
] as const;

export const NewJobPage = ({ frame, draft, limits, refusal }: NewJobPageProps) => {
  const t = jobTranslator(frame.locale);
  const { resumeJobId } = draft;
  return (
    <Layout frame={frame} title={t("submitHeading")} path="/web/jobs">
      <h1>{resumeJobId === "" ? t("submitHeading") : t("continueHeading", { id: resumeJobId })}</h1>
      {refusal && (
        <NoticeBar tone="fault">
          <p>{t("refused", { text: refusal.text })}</p>
          <p class="cure">
            <Prose text={refusal.cure} />
          </p>
        </NoticeBar>
      )}
      <form class="card fields" method="post" action="/web/jobs">
        <input type="hidden" name="key" value={draft.key} />
        <input type="hidden" name="resume_job_id" value={resumeJobId} />
        <label>
          <span>{t("task")}</span>
          <textarea name="task" rows={8} required dir="auto" aria-describedby="task-hint">
            {draft.task}
          </textarea>
        </label>
        <p class="hint" id="task-hint">
          {t("taskHint", { limit: limits.maxTaskChars })}
        </p>
        {resumeJobId === "" && (
          <label>
            <span>{t("cwd")}</span>
            <input type="text" name="cwd" value={draft.cwd} required spellcheck={false} autocomplete="off" />
          </label>
        )}
        <fieldset>
          <legend>{t("level")}</legend>
          {LEVELS.filter(({ value }) => limits.allowDanger || value !== "L4").map(({ value, text }) => (
            <label class="choice">
              <input type="radio" name="level" value={value} checked={draft.level === value} />
              <span>{t(text)}</span>
            </label>
          ))}
        </fieldset>
        <div class="actions">
          <button type="submit">{t("submit")}</button>
          <a href="/web/jobs">{t("back")}</a>
        </div>
      </form>
    </Layout>
  );
};
