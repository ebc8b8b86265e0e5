import { errorTexts } from "@/i18n/errors.ts";
import { gatewayTexts } from "@/i18n/gateway.ts";
import { fill, type Locale } from "@/i18n/locale.ts";
import { type PageTextKey, translator } from "@/i18n/pages.ts";
import type { StatusView } from "@/status/view.ts";
import type { CheckNotice } from "./check-notice.ts";
import { Icon } from "./icons.tsx";
import { Card, Fact, Facts, Message, Pill, Prose, type StateText, type StatusCardProps, Timestamp } from "./ui.tsx";

export const GatewayCard = ({ view: { sidecar_probe: probe }, t }: StatusCardProps) => {
  const outcome = () => {
    if (probe.detail === "not_checked_yet") return <Pill tone="notice">{t("probePending")}</Pill>;
    return probe.ok ? <Pill tone="ok">OK</Pill> : <Pill tone="fault">FAIL</Pill>;
  };
  return (
    <Card id="gateway" title={t("gateway")} aside={outcome()}>
      <Facts>
        <Fact label="error_type">
          <code>{probe.error_type || "none"}</code>
        </Fact>
        <Fact label={t("httpStatus")}>{probe.status_code === 0 ? t("none") : probe.status_code}</Fact>
        <Fact label={t("latency")}>
          {probe.latency_ms === null ? t("unknown") : `${Math.round(probe.latency_ms)} ms`}
        </Fact>
        <Fact label={t("checkedAt")}>
          {probe.checked_at === null ? t("never") : <Timestamp value={probe.checked_at} />}
        </Fact>
      </Facts>
      {probe.message !== "" && <Message label={t("probeMessage")} text={probe.message} />}
      <form method="post" action="/web/gateway/check">
        <button type="submit">{t("deepCheckButton")}</button>
      </form>
      <p class="hint">{t("deepCheckCost")}</p>
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
        {relay.backup_breaker === null ? t("none") : t(breakerStates[relay.backup_breaker.state].text)}
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

/** The result of the check that was just asked for. */
export const CheckNoticeBar = ({ notice, locale }: { notice: CheckNotice; locale: Locale }) => {
  const t = translator(locale);
  const [tone, text, cure] = noticeTexts(notice, locale);
  return (
    <div class={`notice-bar ${tone}`} role={tone === "ok" ? "status" : "alert"}>
      <Icon tone={tone} />
      <div>
        <p>
          {t("deepCheckResult")}
          <Prose text={text} />
        </p>
        {cure !== "" && (
          <p class="cure">
            <Prose text={cure} />
          </p>
        )}
      </div>
    </div>
  );
};

const noticeTexts = (notice: CheckNotice, locale: Locale): ["ok" | "fault", text: string, cure: string] => {
  const t = translator(locale);
  switch (notice.kind) {
    case "ok":
      return ["ok", t("deepCheckOk", { seconds: notice.seconds }), ""];
    case "fail": {
      const { cause, cure } = gatewayTexts[notice.detail][locale];
      return ["fault", t("deepCheckFailed", { cause, status: notice.status, seconds: notice.seconds }), cure];
    }
    case "refused": {
      const { text, cure } = errorTexts[notice.code][locale];
      return ["fault", fill(text, { retryAfterSeconds: "…", available: "…" }), cure];
    }
  }
};

const breakerStates: Record<StatusView["breaker"]["state"], StateText & { requests: PageTextKey }> = {
  closed: { tone: "ok", text: "breakerClosed", requests: "requestsPass" },
  open: { tone: "warning", text: "breakerOpen", requests: "requestsHeld" },
  half_open: { tone: "notice", text: "breakerHalfOpen", requests: "requestsTrial" },
};

export const BreakerCard = ({ view: { breaker }, t }: StatusCardProps) => {
  const { tone, text, requests } = breakerStates[breaker.state];
  return (
    <Card id="breaker" title={t("breaker")} aside={<Pill tone={tone}>{t(text)}</Pill>}>
      <Facts>
        <Fact label={t("gatewayRequests")}>{t(requests)}</Fact>
        <Fact label={t("consecutiveFailures")}>{breaker.consecutive_failures}</Fact>
        {breaker.state === "open" && (
          <Fact label={t("nextTrial")}>{t("inSeconds", { seconds: breaker.retry_after_seconds })}</Fact>
        )}
        {breaker.opened_at !== null && (
          <Fact label={t("openedAt")}>
            <Timestamp value={breaker.opened_at} />
          </Fact>
        )}
      </Facts>
      {breaker.last_error !== "" && <Message label={t("lastError")} text={breaker.last_error} />}
    </Card>
  );
};
