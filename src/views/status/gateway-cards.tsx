import { toTimestamp } from "@/lib/clock.ts";
import { formatDuration } from "@/locales/format.ts";
import { Card, Fact, Facts, Message, Pill, type StatusCardProps, Timestamp } from "../ui.tsx";
import { CheckStrip } from "./check-strip.tsx";

export const GatewayCard = ({
  view: { service, sidecar_probe: probe, breaker, history },
  locale,
  t,
}: StatusCardProps) => {
  const outcome = () => {
    if (probe.detail === "not_checked_yet") return <Pill tone="notice">{t("status.probe_pending")}</Pill>;
    return <Pill tone={probe.ok ? "ok" : "fault"}>{t(probe.ok ? "gateway.class.ok" : "status.probe_failed")}</Pill>;
  };
  return (
    <Card id="gateway" title={t("status.gateway")} aside={outcome()} wide>
      <p class="figure">
        <strong>
          {probe.checked_at === null ? t("status.probe_pending") : t(`gateway.class.${probe.error_type || "ok"}`)}
        </strong>
        {probe.latency_ms !== null && ` ${Math.round(probe.latency_ms)} ms`}
      </p>
      <CheckStrip checks={history.checks} t={t} />
      <div class="columns">
        <Facts>
          <Fact label="error_type">
            <code>{probe.error_type || t("page.none")}</code>
          </Fact>
          <Fact label={t("status.http_status")}>{probe.status_code === 0 ? t("page.none") : probe.status_code}</Fact>
          <Fact label={t("status.checked_at")}>
            {probe.checked_at === null ? t("page.never") : <Timestamp value={probe.checked_at} />}
          </Fact>
        </Facts>
        <Facts>
          <Fact label={t("status.breaker")}>{t(`status.breaker_${breaker.state}`)}</Fact>
          <Fact label={t("status.consecutive_failures")}>{breaker.consecutive_failures}</Fact>
          {breaker.state === "open" && (
            <Fact label={t("status.next_trial")}>
              <span data-until={momentAfter(service.time, breaker.retry_after_seconds)}>
                {formatDuration(breaker.retry_after_seconds, locale)}
              </span>
            </Fact>
          )}
          {breaker.opened_at !== null && (
            <Fact label={t("status.opened_at")}>
              <Timestamp value={breaker.opened_at} />
            </Fact>
          )}
        </Facts>
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

/** What the relay last did, which the free probe cannot know: whether the model answers. */
export const RelayCard = ({ view: { relay }, t }: StatusCardProps) => (
  <Card
    id="relay"
    title={t("status.relay")}
    aside={<Pill tone={relay.busy ? "notice" : "ok"}>{t(relay.busy ? "status.relay_busy" : "status.idle")}</Pill>}
  >
    <Facts>
      <Fact label={t("status.relay_waiting")}>{`${relay.waiting} / ${relay.max_waiting}`}</Fact>
      <Fact label={t("status.relay_backup")}>
        {relay.backup_breaker === null ? t("page.none") : t(`status.breaker_${relay.backup_breaker.state}`)}
      </Fact>
      <Fact label={t("status.last_turn")}>
        {relay.last_turn === null ? t("page.never") : <Timestamp value={relay.last_turn.ended_at} />}
      </Fact>
      {relay.last_turn !== null && (
        <Fact label={t("status.last_turn_result")}>
          <code>{relay.last_turn.detail || t("gateway.class.ok")}</code>
        </Fact>
      )}
    </Facts>
    {relay.last_turn !== null && relay.last_turn.message !== "" && (
      <Message label={t("status.last_error")} text={relay.last_turn.message} />
    )}
  </Card>
);

const momentAfter = (timestamp: string, seconds: number): string =>
  toTimestamp(new Date(Date.parse(timestamp) + seconds * 1000));
