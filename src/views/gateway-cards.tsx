import type { PageTextKey } from "@/i18n/pages.ts";
import type { StatusView } from "@/status/view.ts";
import { Card, Fact, Facts, Message, Pill, type StateText, type StatusCardProps, Timestamp } from "./ui.tsx";

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
    </Card>
  );
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
