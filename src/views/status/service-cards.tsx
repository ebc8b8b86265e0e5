import { PullForm, SyncFacts, SyncPill } from "../sync-facts.tsx";
import { Card, Data, Fact, Facts, Message, Pill, Since, type StatusCardProps, Timestamp } from "../ui.tsx";

export const SyncCard = ({ view: { last_model_sync, model_source }, t }: StatusCardProps) => (
  <Card id="last-sync" title={t("models.last_sync")} aside={<SyncPill source={model_source} t={t} />}>
    <SyncFacts sync={last_model_sync} source={model_source} t={t} />
    {model_source.state === "changed" && <PullForm t={t} />}
    <p>
      <a href="/web/models">{t("models.open")}</a>
    </p>
  </Card>
);

export const AuditCard = ({ view: { audit }, t }: StatusCardProps) => (
  <Card
    id="audit"
    title={t("status.audit")}
    aside={<Pill tone={audit.ok ? "ok" : "warning"}>{t(audit.ok ? "status.audit_ok" : "status.audit_failing")}</Pill>}
  >
    <Facts>
      <Fact label={t("status.failed_writes")}>{audit.failed_writes}</Fact>
    </Facts>
    {audit.last_error !== "" && <Message label={t("status.last_error")} text={audit.last_error} />}
    <p>
      <a href="/web/audit">{t("status.open_audit")}</a>
    </p>
  </Card>
);

export const ServiceCard = ({ view: { service, sidecar, backup, started_at }, t }: StatusCardProps) => (
  <Card id="service" title={t("status.service")}>
    <Facts>
      <Fact label={t("status.name")}>{service.name}</Fact>
      <Fact label={t("status.version")}>{service.release}</Fact>
      <Fact label={t("status.sidecar_version")}>
        <Data text={sidecar.version} />{" "}
        {t(sidecar.version_source === "gateway" ? "status.version_from_gateway" : "status.version_from_pin")}
      </Fact>
      <Fact label={t("status.uptime")}>
        <Since value={started_at} since={t("status.since")} elapsed="" />
      </Fact>
      <Fact label={t("status.bind")}>
        <Data text={service.bind} />
      </Fact>
      <Fact label={t("status.last_backup")}>
        {backup.last_at === null ? t("status.no_backup") : <Timestamp value={backup.last_at} />}
      </Fact>
      <Fact label={t("status.api_token")}>
        {t(service.auth_configured ? "status.token_configured" : "status.token_missing")}
      </Fact>
    </Facts>
  </Card>
);
