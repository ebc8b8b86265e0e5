import type { BreakerView } from "@/gateway/view.ts";
import { toTimestamp } from "@/lib/clock.ts";
import { gatewayClassTexts } from "@/locales/chat-status.ts";
import { formatDuration } from "@/locales/format.ts";
import type { PageTextKey } from "@/locales/pages.ts";
import { Card, Fact, Facts, Message, Pill, type StatusCardProps, Timestamp } from "../ui.tsx";
import { CheckStrip } from "./check-strip.tsx";

export const GatewayCard = ({
  view: { service, sidecar_probe: probe, breaker, history },
  locale,
  t,
}: StatusCardProps) => {
  const outcome = () => {
    if (probe.detail === "not_checked_yet") return <Pill tone="notice">{t("probePending")}</Pill>;
    return probe.ok ? <Pill tone="ok">OK</Pill> : <Pill tone="fault">FAIL</Pill>;
  };
  return (
    <Card id="gateway" title={t("gateway")} aside={outcome()} wide>
      <p class="figure">
        <strong>{probe.checked_at === null ? t("probePending") : gatewayClassTexts[probe.error_type][locale]}</strong>
        {probe.latency_ms !== null && ` ${Math.round(probe.latency_ms)} ms`}
      </p>
      <CheckStrip checks={history.checks} t={t} />
      <div class="columns">
        <Facts>
          <Fact label="error_type">
            <code>{probe.error_type || "none"}</code>
          </Fact>
          <Fact label={t("httpStatus")}>{probe.status_code === 0 ? t("none") : probe.status_code}</Fact>
          <Fact label={t("checkedAt")}>
            {probe.checked_at === null ? t("never") : <Timestamp value={probe.checked_at} />}
          </Fact>
        </Facts>
        <Facts>
          <Fact label={t("breaker")}>{t(breakerTexts[breaker.state])}</Fact>
          <Fact label={t("consecutiveFailures")}>{breaker.consecutive_failures}</Fact>
          {breaker.state === "open" && (
            <Fact label={t("nextTrial")}>
              <span data-until={momentAfter(service.time, breaker.retry_after_seconds)}>
                {formatDuration(breaker.retry_after_seconds, locale)}
              </span>
            </Fact>
          )}
          {breaker.opened_at !== null && (
            <Fact label={t("openedAt")}>
              <Timestamp value={breaker.opened_at} />
            </Fact>
          )}
        </Facts>
      </div>
      {probe.message !== "" && <Message label={t("probeMessage")} text={probe.message} />}
      {breaker.last_error !== "" && breaker.last_error !== probe.message && (
        <Message label={t("lastError")} text={breaker.last_error} />
      )}
      <details class="fold">
        <summary>{t("deepCheckHeading")}</summary>
        <form method="post" action="/web/gateway/check" class="fields">
          <p class="hint">{t("deepCheckCost")}</p>
          <button type="submit">{t("deepCheckButton")}</button>
        </form>
      </details>
    </Card>
  );
};

/** What the relay last did, which the free probe cannot know: whether the model answers. */
export const RelayCard = ({ view: { relay }, t }: StatusCardProps) => (
  <Card
    id="relay"
    title={t("relay")}
    aside={<Pill tone={relay.busy ? "notice" : "ok"}>{t(relay.busy ? "relayBusy" : "relayIdle")}</Pill>}
  >
    <Facts>
      <Fact label={t("relayWaiting")}>{`${relay.waiting} / ${relay.max_waiting}`}</Fact>
      <Fact label={t("relayBackup")}>
        {relay.backup_breaker === null ? t("none") : t(breakerTexts[relay.backup_breaker.state])}
      </Fact>
      <Fact label={t("lastTurn")}>
        {relay.last_turn === null ? t("never") : <Timestamp value={relay.last_turn.ended_at} />}
      </Fact>
      {relay.last_turn !== null && (
        <Fact label={t("lastTurnResult")}>
          <code>{relay.last_turn.detail || "ok"}</code>
        </Fact>
      )}
    </Facts>
    {relay.last_turn !== null && relay.last_turn.message !== "" && (
      <Message label={t("lastError")} text={relay.last_turn.message} />
    )}
  </Card>
);

const momentAfter = (timestamp: string, seconds: number): string =>
  toTimestamp(new Date(Date.parse(timestamp) + seconds * 1000));

const breakerTexts: Record<BreakerView["state"], PageTextKey> = {
  closed: "breakerClosed",
  open: "breakerOpen",
  half_open: "breakerHalfOpen",
};
