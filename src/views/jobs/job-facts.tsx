import type { JobView } from "@/jobs/view.ts";
import { type JobTranslate, jobTranslator } from "@/locales/job-pages.ts";
import { Data, Fact, Facts, Pill, Timestamp } from "../ui.tsx";
import type { JobPartProps } from "./job-parts.tsx";

export const JobFacts = ({ job, locale }: JobPartProps) => {
  const t = jobTranslator(locale);
  return (
    <div id="job-facts">
      <Facts>
        <Fact label={t("job")}>
          <Data text={job.job_id} />
        </Fact>
        <Fact label={t("cwd")}>
          <code>
            <Data text={job.cwd} />
          </code>
        </Fact>
        <Fact label={t("level")}>
          {job.permission_level} {job.allow_danger && <Pill tone="warning">{t("danger")}</Pill>}
        </Fact>
        <Fact label={t("created")}>
          <Timestamp value={job.created_at} />
        </Fact>
        {job.started_at !== null && (
          <Fact label={t("started")}>
            <Timestamp value={job.started_at} />
          </Fact>
        )}
        {job.finished_at !== null && (
          <Fact label={t("finished")}>
            <Timestamp value={job.finished_at} />
          </Fact>
        )}
        {costsOf(job, t).map(([label, value]) => (
          <Fact label={label}>{value}</Fact>
        ))}
        {job.resume_job_id !== null && (
          <Fact label={t("resumes")}>
            <a href={`/web/jobs/${encodeURIComponent(job.resume_job_id)}`}>{job.resume_job_id}</a>
          </Fact>
        )}
        {job.thread_id !== null && (
          <Fact label={t("thread")}>
            <Data text={job.thread_id} />
          </Fact>
        )}
        <Fact label={t("traceId")}>
          <Data text={job.trace_id} />
        </Fact>
      </Facts>
    </div>
  );
};

/** What was measured; the rest is left out. */
const costsOf = (job: JobView, t: JobTranslate): [label: string, value: string][] => {
  const { exit_code, signal, peak_memory_mib, cpu_ms, usage } = job;
  const found: [string, string | null][] = [
    [t("exitCode"), exit_code === null ? null : String(exit_code)],
    [t("signal"), signal],
    [t("peakMemory"), peak_memory_mib === null ? null : `${peak_memory_mib} MiB`],
    [t("cpuTime"), cpu_ms === null ? null : `${(cpu_ms / 1000).toFixed(1)} s`],
    [
      t("tokens"),
      usage &&
        Object.entries(usage)
          .map(([name, count]) => `${name.replace(/_tokens$/, "").replaceAll("_", " ")} ${count}`)
          .join(", "),
    ],
  ];
  return found.flatMap(([label, value]) => (value === null ? [] : [[label, value]]));
};
