import { toTimestamp } from "@/lib/clock.ts";
import { formatDuration } from "@/locales/format.ts";
import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import type { StatusPageView } from "@/status/service.ts";
import { Card, Facts, Message, Pill, Timestamp } from "../ui.tsx";

export const GatewayCard = ({ view, locale }: { view: StatusPageView; locale: Locale }) => {
  const t = translate(locale);
  const { service, sidecar_probe: probe, breaker, history } = view;
  const breakerRows = [
    [t("status.breaker"), t(`status.breaker_${breaker.state}`)],
    [t("status.consecutive_failures"), breaker.consecutive_failures],
    [
      t("status.next_trial"),
      breaker.state === "open" && (
        <span data-until={momentAfter(service.time, breaker.retry_after_seconds)}>
          {formatDuration(breaker.retry_after_seconds, locale)}
        </span>
      ),
    ],
    [t("status.opened_at"), breaker.opened_at && <Timestamp value={breaker.opened_at} />],
  ] as const;
  return (
    <Card id="gateway" title={t("status.gateway")} aside={<ProbePill probe={probe} t={t} />} wide>
      <p class="figure">
        <strong>
          {probe.checked_at === null ? t("status.probe_pending") : t(`gateway.class.${probe.error_type || "ok"}`)}
        </strong>
        {probe.latency_ms !== null && ` ${Math.round(probe.latency_ms)} ms`}
      </p>
      <CheckStrip checks={history.checks} t={t} />
      <div class="columns">
        <Facts
          rows={[
            ["error_type", <code>{probe.error_type || t("page.none")}</code>],
            [t("status.http_status"), probe.status_code || t("page.none")],
            [t("status.checked_at"), probe.checked_at ? <Timestamp value={probe.checked_at} /> : t("page.never")],
          ]}
        />
        <Facts rows={breakerRows} />
      </div>
      {probe.message !== "" && <Message label={t("status.probe_message")} text={probe.message} />}
      {breaker.last_error !== "" && breaker.last_error !== probe.message && (
        <Message label={t("status.last_error")} text={breaker.last_error} />
      )}
      <details class="fold">
        <summary>{t("status.deep_check_heading")}</summary>
        <form method="post" action="/web/gateway/check" class="fields">
          <p class="hint">{t("status.deep_check_cost")}</p>
          <button type="submit">{t("status.deep_check_button")}</button>
        </form>
      </details>
    </Card>
  );
};

const ProbePill = ({ probe: { detail, ok }, t }: { probe: StatusPageView["sidecar_probe"]; t: Translate }) => {
  if (detail === "not_checked_yet") return <Pill tone="notice">{t("status.probe_pending")}</Pill>;
  return <Pill tone={ok ? "ok" : "fault"}>{t(ok ? "gateway.class.ok" : "status.severity_fault")}</Pill>;
};

const momentAfter = (timestamp: string, seconds: number): string =>
  toTimestamp(new Date(Date.parse(timestamp) + seconds * 1000));

/** The last real turn: unlike the free probe, it shows whether the model works. */
export const RelayCard = ({ view: { relay }, t }: { view: StatusPageView; t: Translate }) => {
  const { busy, waiting, max_waiting, backup_breaker, last_turn } = relay;
  return (
    <Card
      id="relay"
      title={t("status.relay")}
      aside={<Pill tone={busy ? "notice" : "ok"}>{t(busy ? "status.relay_busy" : "status.idle")}</Pill>}
    >
      <Facts
        rows={[
          [t("status.relay_waiting"), `${waiting} / ${max_waiting}`],
          [
            t("status.relay_backup"),
            backup_breaker === null ? t("page.none") : t(`status.breaker_${backup_breaker.state}`),
          ],
          [t("status.last_turn"), last_turn === null ? t("page.never") : <Timestamp value={last_turn.ended_at} />],
          [t("job.result"), last_turn && <code>{last_turn.detail || t("gateway.class.ok")}</code>],
        ]}
      />
      {last_turn !== null && last_turn.message !== "" && (
        <Message label={t("status.last_error")} text={last_turn.message} />
      )}
    </Card>
  );
};

type Checks = StatusPageView["history"]["checks"][number];

const BAR = 5;
const STEP = 7;
const HEIGHT = 24;
const MINUTES_PER_PERIOD = 30;

/** Each outcome has a height of its own, so that colour is never the only sign. */
const bars = {
  ok: { top: 6, height: 18 },
  failed: { top: 0, height: 24 },
  unseen: { top: 21, height: 3 },
} as const;
type Outcome = keyof typeof bars;

const outcomeOf = ({ ok, failed }: Checks): Outcome => {
  if (failed > 0) return "failed";
  return ok > 0 ? "ok" : "unseen";
};

/** The checks of a day as a strip and in words, with a list of the failures. */
const CheckStrip = ({ checks, t }: { checks: readonly Checks[]; t: Translate }) => {
  const failures = checks.filter(({ failed }) => failed > 0).reverse();
  const summary = summaryOf(checks, t);
  return (
    <figure class="strip">
      <figcaption>{t("status.checks")}</figcaption>
      <svg viewBox={`0 0 ${checks.length * STEP} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary}>
        {(["ok", "failed", "unseen"] as const).map((outcome) => (
          <path class={outcome} d={pathOf(checks, outcome)} />
        ))}
      </svg>
      <p class="ends" aria-hidden="true">
        <span>{t("status.checks_start")}</span>
        <span>{t("status.checks_end")}</span>
      </p>
      <p class="hint" aria-hidden="true">
        {summary}
      </p>
      {failures.length > 0 && (
        <details class="fold">
          <summary>{t("status.failed_periods", { count: failures.length })}</summary>
          <ul>
            {failures.map(({ startedAt, ok, failed, errorType }) => (
              <li>
                <Timestamp value={startedAt} /> {t("status.failed_period", { failed, total: ok + failed })}{" "}
                <code>{errorType}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </figure>
  );
};

/** One path for all periods with this outcome. */
const pathOf = (checks: readonly Checks[], outcome: Outcome): string => {
  const { top, height } = bars[outcome];
  return checks
    .map((period, index) => (outcomeOf(period) === outcome ? `M${index * STEP} ${top}h${BAR}v${height}h-${BAR}z` : ""))
    .join("");
};

const summaryOf = (checks: readonly Checks[], t: Translate): string => {
  const sum = (count: (period: Checks) => number) => checks.reduce((total, period) => total + count(period), 0);
  const ok = sum((period) => period.ok);
  const failed = sum((period) => period.failed);
  const unseen = checks.filter((period) => outcomeOf(period) === "unseen").length;
  if (ok + failed === 0) return t("status.checks_none");
  const counted = failed === 0 ? t("status.checks_ok", { ok }) : t("status.checks_failed", { ok, failed });
  return unseen === 0 ? counted : counted + t("status.checks_unseen", { hours: (unseen * MINUTES_PER_PERIOD) / 60 });
};
