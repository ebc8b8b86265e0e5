import { formatDuration } from "@/i18n/format.ts";
import type { Locale } from "@/i18n/locale.ts";
import { type Translate, translator } from "@/i18n/pages.ts";
import type { StatusView } from "@/status/view.ts";
import { ExecutorsCard } from "./executors-card.tsx";
import { BreakerCard, GatewayCard, RelayCard } from "./gateway-cards.tsx";
import { MemoryCard } from "./memory-card.tsx";
import { PullForm, SyncFacts, SyncPill } from "./sync-facts.tsx";
import { Card, Data, Fact, Facts, Message, Pill, type StatusCardProps, Timestamp } from "./ui.tsx";

export const StatusCards = ({ view, locale }: { view: StatusView; locale: Locale }) => {
  const t = translator(locale);
  return (
    <div class="cards">
      <GatewayCard view={view} t={t} />
      <MemoryCard view={view} t={t} />
      <WorkerCard view={view} t={t} />
      <BreakerCard view={view} t={t} />
      <RelayCard view={view} t={t} />
      <SyncCard view={view} t={t} />
      <AuditCard view={view} t={t} />
      <ExecutorsCard view={view} t={t} />
      <ServiceCard view={view} t={t} locale={locale} />
    </div>
  );
};

const WorkerCard = ({ view: { worker }, t }: StatusCardProps) => (
  <Card id="worker" title={t("worker")} aside={<WorkerPill worker={worker} t={t} />}>
    <Facts>
      <Fact label={t("queueSize")}>{worker.queue_size}</Fact>
      <Fact label={t("concurrency")}>{worker.concurrency}</Fact>
      <Fact label={t("currentJob")}>
        {worker.current_job_id === null ? t("none") : <code>{worker.current_job_id}</code>}
      </Fact>
    </Facts>
  </Card>
);

/** `running` says that the worker takes jobs; whether one runs, its id tells. */
const WorkerPill = ({ worker, t }: { worker: StatusView["worker"]; t: Translate }) => {
  if (!worker.running) return <Pill tone="warning">{t("workerStopped")}</Pill>;
  return worker.current_job_id === null ? (
    <Pill tone="ok">{t("workerIdle")}</Pill>
  ) : (
    <Pill tone="notice">{t("workerRunning")}</Pill>
  );
};

const SyncCard = ({ view: { last_model_sync, model_source }, t }: StatusCardProps) => (
  <Card id="last-sync" title={t("lastSync")} aside={<SyncPill source={model_source} t={t} />}>
    <SyncFacts sync={last_model_sync} source={model_source} t={t} />
    {model_source.state === "changed" && <PullForm t={t} />}
    <p>
      <a href="/web/models">{t("openModels")}</a>
    </p>
  </Card>
);

const AuditCard = ({ view: { audit }, t }: StatusCardProps) => (
  <Card
    id="audit"
    title={t("audit")}
    aside={<Pill tone={audit.ok ? "ok" : "warning"}>{t(audit.ok ? "auditOk" : "auditFailing")}</Pill>}
  >
    <Facts>
      <Fact label={t("failedWrites")}>{audit.failed_writes}</Fact>
    </Facts>
    {audit.last_error !== "" && <Message label={t("lastError")} text={audit.last_error} />}
  </Card>
);

const ServiceCard = ({ view: { service, sidecar, backup }, t, locale }: StatusCardProps & { locale: Locale }) => (
  <Card id="service" title={t("service")}>
    <Facts>
      <Fact label={t("name")}>{service.name}</Fact>
      <Fact label={t("version")}>{service.release}</Fact>
      <Fact label={t("serviceTime")}>
        <Timestamp value={service.time} />
      </Fact>
      <Fact label={t("bind")}>
        <Data text={service.bind} />
      </Fact>
      <Fact label={t("uptime")}>{formatDuration(service.uptime_seconds, locale)}</Fact>
      <Fact label={t("sidecarVersion")}>
        <Data text={sidecar.version} />{" "}
        {t(sidecar.version_source === "gateway" ? "versionFromGateway" : "versionFromPin")}
      </Fact>
      <Fact label={t("lastBackup")}>
        {backup.last_at === null ? t("noBackup") : <Timestamp value={backup.last_at} />}
      </Fact>
      <Fact label={t("apiToken")}>{t(service.auth_configured ? "tokenConfigured" : "tokenMissing")}</Fact>
    </Facts>
  </Card>
);
