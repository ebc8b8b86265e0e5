import type { CodexView } from "@/executor/view.ts";
import { seesJobs } from "@/http/env.ts";
import { isTextKey, type TextKey, type Translate } from "@/locales/translate.ts";
import { codexProblems, verdictOf } from "@/status/diagnose.ts";
import type { StatusPageView } from "@/status/service.ts";
import type { Frame } from "../layout.tsx";
import { SyncCard } from "../sync-parts.tsx";
import { Card, Data, Facts, Message, Pill, PostButton, Prose, Since, Timestamp, type Tone } from "../ui.tsx";

export interface CardProps {
  view: StatusPageView;
  frame: Frame;
}

export const WorkerCard = ({ view: { worker, running_job: job }, frame: { t, viewer } }: CardProps) => (
  <Card id="worker" title={t("status.worker")} aside={<WorkerPill worker={worker} t={t} />}>
    <Facts
      rows={[
        [t("status.queue_size"), worker.queue_size],
        [t("status.current_job"), job ? <a href={`/web/jobs/${job.job_id}`}>{job.job_id}</a> : t("page.none")],
        [t("status.elapsed"), job && <Since value={job.started_at} since={t("status.since")} />],
      ]}
    />
    {job !== null &&
      (seesJobs(viewer) ? (
        <Message label={t("status.last_line")} text={job.last_line || t("status.no_line_yet")} />
      ) : (
        <p class="hint">{t("status.line_needs_login")}</p>
      ))}
    <a href="/web/jobs">{t("status.open_jobs")}</a>
  </Card>
);

/** `running` means that the worker accepts jobs; `current_job_id` whether one is running. */
const WorkerPill = ({ worker, t }: { worker: StatusPageView["worker"]; t: Translate }) => {
  if (!worker.running) return <Pill tone="warning">{t("status.worker_stopped")}</Pill>;
  if (worker.current_job_id === null) return <Pill tone="ok">{t("status.idle")}</Pill>;
  return <Pill tone="notice">{t("job.state.running")}</Pill>;
};

/** A missing login alone is no problem: a custom provider's key needs none. */
const codexState = (codex: CodexView): { tone: Tone; text: TextKey } => {
  const { tone, worst } = verdictOf(codexProblems(codex));
  if (worst?.kind === "codex_missing") return { tone, text: "status.executor_missing" };
  return { tone, text: worst ? "status.codex_attention" : "status.executor_ready" };
};

export const CodexCard = ({ view: { executors }, frame: { t } }: CardProps) => {
  const { codex } = executors;
  const { tone, text } = codexState(codex);
  return (
    <Card id="codex" title="Codex" aside={<Pill tone={tone}>{t(text)}</Pill>}>
      <Facts
        rows={[
          [t("status.version"), codex.version === null ? t("page.unknown") : <Data text={codex.version} />],
          [t("status.login"), t(`codex.login.${codex.logged_in}`)],
          [t("status.sandbox"), t(`codex.sandbox.${codex.sandbox_works}`)],
          [t("status.path"), <Data text={codex.path || codex.bin} />],
          [t("status.codex_checked_at"), codex.checked_at ? <Timestamp value={codex.checked_at} /> : t("page.never")],
          [t("status.codex_retry_at"), codex.retry_at && <Timestamp value={codex.retry_at} />],
          [t("status.last_failure"), codex.last_failure ? <Timestamp value={codex.last_failure.at} /> : t("page.none")],
        ]}
      />
      {codex.last_failure !== null && <Message label={t("status.last_error")} text={codex.last_failure.message} />}
      {codex.reason !== "" && <p class="hint">{codex.reason}</p>}
      {codex.retry_at !== null && <PostButton action="/web/codex/resume" label={t("status.codex_resume_button")} />}
      {codex.available && <PostButton action="/web/codex/check" label={t("status.codex_check_button")} />}
      <Facts
        rows={(["gemini", "shell"] as const).map((name) => [
          name,
          <>
            {t(executors[name].available ? "status.executor_disabled" : "status.executor_missing")}{" "}
            <code>{executors[name].reason}</code>
          </>,
        ])}
      />
    </Card>
  );
};

export const SyncStatusCard = ({ view: { last_model_sync, model_source }, frame: { t } }: CardProps) => (
  <SyncCard sync={last_model_sync} source={model_source} t={t}>
    {model_source.state === "changed" && <PostButton action="/web/models/pull-astr" label={t("pull.button")} />}
    <a href="/web/models">{t("models.open")}</a>
  </SyncCard>
);

export const ChannelsCard = ({ view: { notify }, frame: { t } }: CardProps) => (
  <Card
    id="channels"
    title={t("notify.heading")}
    aside={notify.some(({ reason }) => reason !== "") && <Pill tone="warning">{t("status.notify_failing")}</Pill>}
  >
    {notify.map(({ channel, waiting, last_try_at, reason, detail, next_try_at }) => (
      <>
        <Facts
          rows={[
            [t("notify.channels"), nameOf(`channel.${channel}`, t)],
            [t("status.notify_waiting"), waiting],
            [t("status.notify_last"), last_try_at ? <Timestamp value={last_try_at} /> : t("page.never")],
            [t("status.notify_next"), next_try_at && <Timestamp value={next_try_at} />],
          ]}
        />
        {reason !== "" && <Prose as="p" text={nameOf(`delivery.${reason}`, t)} />}
        {detail !== "" && <Message label={t("status.last_error")} text={detail} />}
      </>
    ))}
    {notify.length === 0 ? (
      <p class="hint">
        <Prose text={t("notify.none")} />
      </p>
    ) : (
      <PostButton action="/web/notify/test" label={t("notify.test_button")} />
    )}
  </Card>
);

const nameOf = (key: string, t: Translate): string => (isTextKey(key) ? t(key) : key);

export const AuditCard = ({ view: { audit }, frame: { t } }: CardProps) => (
  <Card
    id="audit"
    title={t("status.audit")}
    aside={<Pill tone={audit.ok ? "ok" : "warning"}>{t(audit.ok ? "status.audit_ok" : "status.audit_failing")}</Pill>}
  >
    <Facts rows={[[t("status.failed_writes"), audit.failed_writes]]} />
    {audit.last_error !== "" && <Message label={t("status.last_error")} text={audit.last_error} />}
    <a href="/web/audit">{t("status.open_audit")}</a>
  </Card>
);

export const ServiceCard = ({ view: { service, sidecar, backup, started_at }, frame: { t } }: CardProps) => (
  <Card id="service" title={t("status.service")}>
    <Facts
      rows={[
        [t("status.name"), service.name],
        [t("status.version"), service.release],
        [
          t("status.sidecar_version"),
          <>
            <Data text={sidecar.version} /> {t(`status.version_from_${sidecar.version_source}`)}
          </>,
        ],
        [t("status.uptime"), <Since value={started_at} since={t("status.since")} />],
        [t("status.bind"), <Data text={service.bind} />],
        [t("status.last_backup"), backup.last_at ? <Timestamp value={backup.last_at} /> : t("status.no_backup")],
        [t("status.api_token"), t(service.auth_configured ? "status.token_configured" : "status.token_missing")],
      ]}
    />
  </Card>
);

/** The last real turn: unlike the free probe, it shows whether the model works. */
export const RelayCard = ({ view: { relay }, frame: { t } }: CardProps) => {
  const { busy, waiting, max_waiting, backup_breaker: backup, last_turn } = relay;
  return (
    <Card
      id="relay"
      title={t("status.relay")}
      aside={<Pill tone={busy ? "notice" : "ok"}>{t(busy ? "status.relay_busy" : "status.idle")}</Pill>}
    >
      <Facts
        rows={[
          [t("status.relay_waiting"), `${waiting} / ${max_waiting}`],
          [t("status.relay_backup"), t(backup === null ? "page.none" : `status.breaker_${backup.state}`)],
          [t("status.last_turn"), last_turn === null ? t("page.never") : <Timestamp value={last_turn.ended_at} />],
          [t("job.result"), last_turn && <code>{last_turn.detail || t("gateway.class.ok")}</code>],
        ]}
      />
      {last_turn?.message && <Message label={t("status.last_error")} text={last_turn.message} />}
    </Card>
  );
};
