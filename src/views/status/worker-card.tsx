import type { Translate } from "@/locales/translate.ts";
import type { StatusView } from "@/status/view.ts";
import { Card, Fact, Facts, Message, Pill, Since, type StatusCardProps } from "../ui.tsx";

export const WorkerCard = ({ view, seesJobs, t }: StatusCardProps & { seesJobs: boolean }) => {
  const { worker, running_job: job } = view;
  return (
    <Card id="worker" title={t("status.worker")} aside={<WorkerPill worker={worker} t={t} />}>
      <Facts>
        <Fact label={t("status.queue_size")}>{worker.queue_size}</Fact>
        <Fact label={t("status.current_job")}>
          {job === null ? t("page.none") : <a href={`/web/jobs/${job.job_id}`}>{job.job_id}</a>}
        </Fact>
        {job !== null && (
          <Fact label={t("status.elapsed")}>
            <Since value={job.started_at} since={t("status.since")} elapsed="" />
          </Fact>
        )}
      </Facts>
      {job !== null &&
        (seesJobs ? (
          <Message label={t("status.last_line")} text={job.last_line || t("status.no_line_yet")} />
        ) : (
          <p class="hint">{t("status.line_needs_login")}</p>
        ))}
      <p>
        <a href="/web/jobs">{t("status.open_jobs")}</a>
      </p>
    </Card>
  );
};

/** `running` says that the worker takes jobs; whether one runs, its id tells. */
const WorkerPill = ({ worker, t }: { worker: StatusView["worker"]; t: Translate }) => {
  if (!worker.running) return <Pill tone="warning">{t("status.worker_stopped")}</Pill>;
  return worker.current_job_id === null ? (
    <Pill tone="ok">{t("status.idle")}</Pill>
  ) : (
    <Pill tone="notice">{t("job.state.running")}</Pill>
  );
};
