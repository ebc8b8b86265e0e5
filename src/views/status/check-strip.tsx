import type { ChecksView } from "@/gateway/view.ts";
import type { Translate } from "@/locales/translate.ts";
import { Timestamp } from "../ui.tsx";

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

const outcomeOf = ({ ok, failed }: ChecksView): Outcome => {
  if (failed > 0) return "failed";
  return ok > 0 ? "ok" : "unseen";
};

/** How a day of checks came out: as a strip, in words, and the failures one by one. */
export const CheckStrip = ({ checks, t }: { checks: readonly ChecksView[]; t: Translate }) => {
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
            {failures.map(({ started_at, ok, failed, error_type }) => (
              <li>
                <Timestamp value={started_at} /> {t("status.failed_period", { failed, total: ok + failed })}{" "}
                <code>{error_type}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </figure>
  );
};

/** One path an outcome: a rectangle each would be most of the page. */
const pathOf = (checks: readonly ChecksView[], outcome: Outcome): string => {
  const { top, height } = bars[outcome];
  return checks
    .map((period, index) => (outcomeOf(period) === outcome ? `M${index * STEP} ${top}h${BAR}v${height}h-${BAR}z` : ""))
    .join("");
};

const summaryOf = (checks: readonly ChecksView[], t: Translate): string => {
  const sum = (count: (period: ChecksView) => number) => checks.reduce((total, period) => total + count(period), 0);
  const ok = sum((period) => period.ok);
  const failed = sum((period) => period.failed);
  const unseen = checks.filter((period) => outcomeOf(period) === "unseen").length;
  if (ok + failed === 0) return t("status.checks_none");
  const counted = failed === 0 ? t("status.checks_ok", { ok }) : t("status.checks_failed", { ok, failed });
  return unseen === 0 ? counted : counted + t("status.checks_unseen", { hours: (unseen * MINUTES_PER_PERIOD) / 60 });
};
