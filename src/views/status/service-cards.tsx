import { PullForm, SyncFacts, SyncPill } from "../sync-facts.tsx";
import { Card, Data, Fact, Facts, Message, Pill, Since, type StatusCardProps, Timestamp } from "../ui.tsx";

export const SyncCard = ({ view: { last_model_sync, model_source }, t }: StatusCardProps) => (
  <Card id="last-sync" title={t("lastSync")} aside={<SyncPill source={model_source} t={t} />}>
    <SyncFacts sync={last_model_sync} source={model_source} t={t} />
    {model_source.state === "changed" && <PullForm t={t} />}
    <p>
      <a href="/web/models">{t("openModels")}</a>
    </p>
  </Card>
);

export const AuditCard = ({ view: { audit }, t }: StatusCardProps) => (
  <Card
    id="audit"
    title={t("audit")}
    aside={<Pill tone={audit.ok ? "ok" : "warning"}>{t(audit.ok ? "auditOk" : "auditFailing")}</Pill>}
  >
    <Facts>
      <Fact label={t("failedWrites")}>{audit.failed_writes}</Fact>
    </Facts>
    {audit.last_error !== "" && <Message label={t("lastError")} text={audit.last_error} />}
    <p>
      <a href="/web/audit">{t("openAudit")}</a>
    </p>
  </Card>
);

export const ServiceCard = ({ view: { service, sidecar, backup, started_at }, t }: StatusCardProps) => (
  <Card id="service" title={t("service")}>
    <Facts>
      <Fact label={t("name")}>{service.name}</Fact>
      <Fact label={t("version")}>{service.release}</Fact>
      <Fact label={t("sidecarVersion")}>
        <Data text={sidecar.version} />{" "}
        {t(sidecar.version_source === "gateway" ? "versionFromGateway" : "versionFromPin")}
      </Fact>
      <Fact label={t("uptime")}>
        <Since value={started_at} since={t("since")} elapsed="" />
      </Fact>
      <Fact label={t("bind")}>
        <Data text={service.bind} />
      </Fact>
      <Fact label={t("lastBackup")}>
        {backup.last_at === null ? t("noBackup") : <Timestamp value={backup.last_at} />}
      </Fact>
      <Fact label={t("apiToken")}>{t(service.auth_configured ? "tokenConfigured" : "tokenMissing")}</Fact>
    </Facts>
  </Card>
);
