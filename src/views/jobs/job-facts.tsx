import type { JobView } from "@/jobs/view.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import { Data, Fact, Facts, Pill, Timestamp } from "../ui.tsx";
import type { JobPartProps } from "./job-parts.tsx";

export const JobFacts = ({ job, locale }: JobPartProps) => {
  const t = translate(locale);
  return (
    <div id="job-facts">
      <Facts>
        <Fact label={t("job.job")}>
          <Data text={job.job_id} />
        </Fact>
        <Fact label={t("job.cwd")}>
          <code>
            <Data text={job.cwd} />
          </code>
        </Fact>
        <Fact label={t("job.level")}>
          {job.permission_level} {job.allow_danger && <Pill tone="warning">{t("job.danger")}</Pill>}
        </Fact>
        <Fact label={t("job.created")}>
          <Timestamp value={job.created_at} />
        </Fact>
        {job.started_at !== null && (
          <Fact label={t("job.started")}>
            <Timestamp value={job.started_at} />
          </Fact>
        )}
        {job.finished_at !== null && (
          <Fact label={t("job.finished")}>
            <Timestamp value={job.finished_at} />
          </Fact>
        )}
        {costsOf(job, t).map(([label, value]) => (
          <Fact label={label}>{value}</Fact>
        ))}
        {job.resume_job_id !== null && (
          <Fact label={t("job.resumes")}>
            <a href={`/web/jobs/${encodeURIComponent(job.resume_job_id)}`}>{job.resume_job_id}</a>
          </Fact>
        )}
        {job.thread_id !== null && (
          <Fact label={t("job.thread")}>
            <Data text={job.thread_id} />
          </Fact>
        )}
        <Fact label={t("page.trace_id")}>
          <Data text={job.trace_id} />
        </Fact>
      </Facts>
    </div>
  );
};

/** What was measured; the rest is left out. */
const costsOf = (job: JobView, t: Translate): [label: string, value: string][] => {
  const { exit_code, signal, peak_memory_mib, cpu_ms, usage } = job;
  const found: [string, string | null][] = [
    [t("job.exit_code"), exit_code === null ? null : String(exit_code)],
    [t("job.signal"), signal],
    [t("job.peak_memory"), peak_memory_mib === null ? null : `${peak_memory_mib} MiB`],
    [t("job.cpu_time"), cpu_ms === null ? null : `${(cpu_ms / 1000).toFixed(1)} s`],
    [
      t("job.tokens"),
      usage &&
        Object.entries(usage)
          .map(([name, count]) => `${name.replace(/_tokens$/, "").replaceAll("_", " ")} ${count}`)
          .join(", "),
    ],
  ];
  return found.flatMap(([label, value]) => (value === null ? [] : [[label, value]]));
};
