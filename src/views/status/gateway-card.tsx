import { toTimestamp } from "@/lib/clock.ts";
import { formatDuration } from "@/locales/format.ts";
import { type Translate, textOr } from "@/locales/translate.ts";
import { Data, Facts, Message, PostButton, Timestamp } from "../ui.tsx";
import { type CardProps, Part } from "./part.tsx";

export const GatewayCard = ({ view, frame: { t, locale } }: CardProps) => {
  const { service, sidecar, sidecar_probe: probe, breaker, history, watch } = view;
  const nextTrialMs = Date.parse(service.time) + breaker.retry_after_seconds * 1000;
  const isOpen = breaker.state === "open";
  const isPending = probe.detail === "not_checked_yet" || probe.detail === "circuit_open";
  const tone = isPending ? "notice" : probe.ok ? "ok" : "fault";
  return (
    <Part
      id="gateway"
      title={t("status.gateway")}
      tone={tone === "ok" && isOpen ? "warning" : tone}
      open={tone === "fault" || isOpen}
      line={[
        isOpen && t("problem.breaker_open.title"),
        probe.checked_at === null
          ? t("status.probe_pending")
          : !(isOpen && probe.ok) && t(`gateway.class.${probe.error_type || "ok"}`),
        probe.latency_ms !== null && `${Math.round(probe.latency_ms)} ms`,
        <Data text={sidecar.version} />,
      ]}
    >
      <CheckStrip checks={history.checks} t={t} />
      <Facts
        rows={[
          [t("status.http_status"), !probe.ok && probe.status_code > 0 && probe.status_code],
          [t("status.checked_at"), probe.checked_at ? <Timestamp value={probe.checked_at} /> : t("page.never")],
          [
            t("status.watch"),
            watch.next_look_at === null ? (
              t("status.watch_off")
            ) : (
              <>
                {t("status.watch_on", { minutes: Math.round(watch.interval_seconds / 60) })}
                <Timestamp value={watch.next_look_at} />
              </>
            ),
          ],
          [t("status.sidecar_version"), `${sidecar.version} ${t(`status.version_from_${sidecar.version_source}`)}`],
          [t("status.breaker"), t(`status.breaker_${breaker.state}`)],
          [t("status.consecutive_failures"), breaker.consecutive_failures > 0 && breaker.consecutive_failures],
          [
            t("status.next_trial"),
            isOpen && (
              <span data-until={toTimestamp(new Date(nextTrialMs))}>
                {formatDuration(breaker.retry_after_seconds, locale)}
              </span>
            ),
          ],
          [t("status.opened_at"), breaker.opened_at && <Timestamp value={breaker.opened_at} />],
        ]}
      />
      {!probe.ok && probe.message !== "" && <Message label={t("status.probe_message")} text={probe.message} />}
      {breaker.last_error !== "" && breaker.last_error !== probe.message && (
        <Message label={t("status.last_error")} text={breaker.last_error} />
      )}
      <PostButton action="/web/gateway/probe" label={t("status.check_button")} />
      <details class="fold">
        <summary>{t("status.deep_check_heading")}</summary>
        <form method="post" action="/web/gateway/check" class="fields">
          <p class="hint">{t("status.deep_check_cost")}</p>
          <button type="submit">{t("status.deep_check_button")}</button>
        </form>
      </details>
    </Part>
  );
};

type Checks = CardProps["view"]["history"]["checks"][number];

const BAR = 5;
const STEP = 7;
const HEIGHT = 24;
const MINUTES_PER_PERIOD = 30;

/** Where the bar of each outcome begins: heights differ, so that colour is never the only sign. */
const tops = { ok: 6, fault: 0, off: 21 };

const outcomeOf = ({ ok, failed }: Checks): keyof typeof tops => {
  if (failed > 0) return "fault";
  return ok > 0 ? "ok" : "off";
};

/** The checks of a day as a strip and in words, with a list of the failures. */
const CheckStrip = ({ checks, t }: { checks: readonly Checks[]; t: Translate }) => {
  const failures = checks.filter(({ failed }) => failed > 0).reverse();
  const summary = summaryOf(checks, t);
  const paths = { ok: "", fault: "", off: "" };
  for (const [index, period] of checks.entries()) {
    const outcome = outcomeOf(period);
    paths[outcome] += `M${index * STEP} ${tops[outcome]}h${BAR}V${HEIGHT}h-${BAR}z`;
  }
  return (
    <figure class="strip">
      <figcaption>{t("status.checks")}</figcaption>
      <svg viewBox={`0 0 ${checks.length * STEP} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary}>
        {Object.entries(paths).map(([outcome, path]) => (
          <path class={outcome} d={path} />
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
                {textOr(t, `gateway.class.${errorType}`, errorType)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </figure>
  );
};

const summaryOf = (checks: readonly Checks[], t: Translate): string => {
  const ok = checks.reduce((sum, period) => sum + period.ok, 0);
  const failed = checks.reduce((sum, period) => sum + period.failed, 0);
  const unseen = checks.filter((period) => outcomeOf(period) === "off").length;
  if (ok + failed === 0) return t("status.checks_none");
  const counted = failed === 0 ? t("status.checks_ok", { ok }) : t("status.checks_failed", { ok, failed });
  return unseen === 0 ? counted : counted + t("status.checks_unseen", { hours: (unseen * MINUTES_PER_PERIOD) / 60 });
};
