import type { Translate } from "@/locales/pages.ts";
import type { StatusView } from "@/status/view.ts";
import { Card, Fact, Facts, Message, Pill, Since, type StatusCardProps } from "../ui.tsx";

export const WorkerCard = ({ view, seesJobs, t }: StatusCardProps & { seesJobs: boolean }) => {
  const { worker, running_job: job } = view;
  return (
    <Card id="worker" title={t("worker")} aside={<WorkerPill worker={worker} t={t} />}>
      <Facts>
        <Fact label={t("queueSize")}>{worker.queue_size}</Fact>
        <Fact label={t("currentJob")}>
          {job === null ? t("none") : <a href={`/web/jobs/${job.job_id}`}>{job.job_id}</a>}
        </Fact>
        {job !== null && (
          <Fact label={t("elapsed")}>
            <Since value={job.started_at} since={t("since")} elapsed="" />
          </Fact>
        )}
      </Facts>
      {job !== null &&
        (seesJobs ? (
          <Message label={t("lastLine")} text={job.last_line || t("noLineYet")} />
        ) : (
          <p class="hint">{t("lineNeedsLogin")}</p>
        ))}
      <p>
        <a href="/web/jobs">{t("openJobs")}</a>
      </p>
    </Card>
  );
};

/** `running` says that the worker takes jobs; whether one runs, its id tells. */
const WorkerPill = ({ worker, t }: { worker: StatusView["worker"]; t: Translate }) => {
  if (!worker.running) return <Pill tone="warning">{t("workerStopped")}</Pill>;
  return worker.current_job_id === null ? (
    <Pill tone="ok">{t("workerIdle")}</Pill>
  ) : (
    <Pill tone="notice">{t("workerRunning")}</Pill>
  );
};
