import { seesJobs } from "@/http/env.ts";
import { formatDuration } from "@/locales/format.ts";
import { textOr } from "@/locales/translate.ts";
import { codexProblems, verdictOf } from "@/status/diagnose.ts";
import { SyncFacts } from "../sync-parts.tsx";
import { Age, Data, Facts, Message, PostButton, Prose, Since, Timestamp } from "../ui.tsx";
import { GatewayCard } from "./gateway-card.tsx";
import { MemoryCard } from "./memory-card.tsx";
import { type CardProps, Part } from "./part.tsx";

const WorkerCard = ({ view: { worker, running_job: job }, frame: { t, viewer } }: CardProps) => (
  <Part
    id="worker"
    title={t("status.worker")}
    tone={worker.running ? "ok" : "warning"}
    open={!worker.running || job !== null}
    line={[
      t(worker.running ? (job ? "job.state.running" : "status.idle") : "status.worker_stopped"),
      worker.queue_size > 0 && t("status.queued", { count: worker.queue_size }),
    ]}
  >
    <Facts
      rows={[
        [t("status.queue_size"), worker.queue_size],
        [t("status.current_job"), job && <a href={`/web/jobs/${job.job_id}`}>{job.job_id}</a>],
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
  </Part>
);

const CodexCard = ({ view: { executors }, frame: { t } }: CardProps) => {
  const { codex } = executors;
  // A missing login alone is no problem: a custom provider's key needs none.
  const { tone, worst } = verdictOf(codexProblems(codex));
  const login = t(`codex.login.${codex.logged_in}`);
  const sandbox = t(`codex.sandbox.${codex.sandbox_works}`);
  return (
    <Part
      id="codex"
      title="Codex"
      tone={tone}
      line={
        codex.available
          ? [worst && t("status.codex_attention"), <Data text={codex.version ?? ""} />, login, sandbox]
          : [t("status.executor_missing")]
      }
    >
      <Facts
        rows={[
          [t("status.version"), codex.version === null ? t("page.unknown") : <Data text={codex.version} />],
          [t("status.login"), login],
          [t("status.sandbox"), sandbox],
          [t("status.path"), <Data text={codex.path || codex.bin} />],
          [t("status.codex_checked_at"), codex.checked_at ? <Timestamp value={codex.checked_at} /> : t("page.never")],
          [t("status.codex_retry_at"), codex.retry_at && <Timestamp value={codex.retry_at} />],
          [t("status.last_failure"), codex.last_failure && <Timestamp value={codex.last_failure.at} />],
          ["Gemini, Shell", t("status.executor_disabled")],
        ]}
      />
      {codex.last_failure !== null && <Message label={t("status.last_error")} text={codex.last_failure.message} />}
      {codex.reason !== "" && <p class="hint">{codex.reason}</p>}
      {codex.retry_at !== null && <PostButton action="/web/codex/resume" label={t("status.codex_resume_button")} />}
      {codex.available && <PostButton action="/web/codex/check" label={t("status.check_button")} />}
    </Part>
  );
};

const SyncStatusCard = ({ view: { last_model_sync: sync, model_source: source }, frame }: CardProps) => {
  const { t, locale, now } = frame;
  return (
    <Part
      id="last-sync"
      title={t("models.last_sync")}
      tone={sync === null || source.state === "changed" ? "notice" : "ok"}
      line={
        sync === null
          ? [t("models.never_synced")]
          : [
              t("status.models", { count: sync.provider_count }),
              source.state === "changed" && t("models.drift_changed"),
              <Age value={sync.imported_at} now={now} locale={locale} />,
            ]
      }
    >
      <SyncFacts sync={sync} source={source} t={t} />
      {source.state === "changed" && <PostButton action="/web/models/pull-astr" label={t("pull.button")} />}
      <a href="/web/models">{t("models.open")}</a>
    </Part>
  );
};

const ChannelsCard = ({ view: { notify }, frame: { t } }: CardProps) => {
  const isFailing = notify.some(({ reason }) => reason !== "");
  const names = notify.map(({ channel }) => textOr(t, `channel.${channel}`, channel));
  return (
    <Part
      id="channels"
      title={t("notify.heading")}
      tone={isFailing ? "warning" : notify.length === 0 ? "off" : "ok"}
      line={[isFailing && t("status.notify_failing"), names.join(", ") || t("page.none")]}
    >
      {notify.map(({ waiting, last_try_at, reason, detail, next_try_at }, index) => (
        <>
          <Facts
            rows={[
              [t("notify.channels"), names[index]],
              [t("status.notify_waiting"), waiting],
              [t("status.notify_last"), last_try_at ? <Timestamp value={last_try_at} /> : t("page.never")],
              [t("status.notify_next"), next_try_at && <Timestamp value={next_try_at} />],
            ]}
          />
          {reason !== "" && <Prose as="p" text={textOr(t, `delivery.${reason}`, reason)} />}
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
    </Part>
  );
};

const AuditCard = ({ view: { audit }, frame: { t } }: CardProps) => (
  <Part
    id="audit"
    title={t("status.audit")}
    tone={audit.ok ? "ok" : "warning"}
    line={[t(audit.ok ? "status.audit_ok" : "status.audit_failing")]}
  >
    <Facts rows={[[t("status.failed_writes"), audit.failed_writes]]} />
    {audit.last_error !== "" && <Message label={t("status.last_error")} text={audit.last_error} />}
    <a href="/web/audit">{t("status.open_audit")}</a>
  </Part>
);

const ServiceCard = ({ view: { service, backup, started_at }, frame: { t, locale } }: CardProps) => (
  <Part
    id="service"
    title={t("status.service")}
    tone={service.auth_configured ? "ok" : "fault"}
    line={[<Data text={service.release} />, `${t("status.uptime")} ${formatDuration(service.uptime_seconds, locale)}`]}
  >
    <Facts
      rows={[
        [t("status.version"), service.release],
        [t("status.uptime"), <Since value={started_at} since={t("status.since")} />],
        [t("status.bind"), <Data text={service.bind} />],
        [t("status.last_backup"), backup.last_at ? <Timestamp value={backup.last_at} /> : t("status.no_backup")],
        [t("status.api_token"), t(service.auth_configured ? "status.token_configured" : "status.token_missing")],
      ]}
    />
  </Part>
);

/** The last real turn: unlike the free probe, it shows whether the model works. */
const RelayCard = ({ view: { relay }, frame: { t } }: CardProps) => {
  const { busy, waiting, max_waiting, backup_breaker: backup, last_turn } = relay;
  const isFailed = last_turn?.outcome === "failed";
  const result =
    last_turn &&
    (last_turn.detail === ""
      ? t("gateway.class.ok")
      : textOr(t, `problem.gateway_${last_turn.detail}.title`, last_turn.detail));
  return (
    <Part
      id="relay"
      title={t("status.relay")}
      tone={isFailed ? "warning" : "ok"}
      line={[
        t(busy ? "status.relay_busy" : "status.idle"),
        result && t("chat.line", { name: t("status.last_turn"), text: result }),
      ]}
    >
      <Facts
        rows={[
          [t("status.relay_waiting"), `${waiting} / ${max_waiting}`],
          [t("status.relay_backup"), backup && t(`status.breaker_${backup.state}`)],
          [t("status.last_turn"), last_turn === null ? t("page.never") : <Timestamp value={last_turn.ended_at} />],
          [t("job.result"), result],
        ]}
      />
      {isFailed && last_turn.message && <Message label={t("status.last_error")} text={last_turn.message} />}
    </Part>
  );
};

/** In the order of the page. */
export const cards = [
  GatewayCard,
  MemoryCard,
  WorkerCard,
  CodexCard,
  SyncStatusCard,
  RelayCard,
  ChannelsCard,
  AuditCard,
  ServiceCard,
];
