import { seesJobs } from "@/http/env.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import type { StatusPageView } from "@/status/view.ts";
import { type Frame, Layout } from "./layout.tsx";
import { AuditCard, CodexCard, ServiceCard, SyncCard, WorkerCard } from "./status/cards.tsx";
import { type CheckNotice, CheckNoticeBar } from "./status/check-notice.tsx";
import { GatewayCard, RelayCard } from "./status/gateway-cards.tsx";
import { AsOf, Headline } from "./status/headline.tsx";
import { MemoryCard } from "./status/memory-card.tsx";

interface StatusPageProps {
  view: StatusPageView;
  frame: Frame;
  notice?: CheckNotice | null;
}

const RELOAD_SECONDS = 30;

export const StatusPage = ({ view, frame, notice = null }: StatusPageProps) => {
  const t = translate(frame.locale);
  const { verdict, "as-of": asOf, ...cards } = statusParts(view, frame.locale, seesJobs(frame.viewer));
  return (
    <Layout
      frame={frame}
      title={t("nav.status")}
      path="/web/status"
      live={{ address: "/web/status/live", reloadSeconds: RELOAD_SECONDS }}
    >
      {notice !== null && <CheckNoticeBar notice={notice} t={t} />}
      {verdict}
      {asOf}
      <div class="cards">{Object.values(cards)}</div>
    </Layout>
  );
};

/** The parts of the page by the id of their element, so that each can be updated on its own. */
export const statusParts = (view: StatusPageView, locale: Locale, seesJobs: boolean) => {
  const t = translate(locale);
  return {
    verdict: <Headline view={view} locale={locale} />,
    "as-of": <AsOf view={view} t={t} />,
    gateway: <GatewayCard view={view} locale={locale} />,
    memory: <MemoryCard view={view} t={t} />,
    worker: <WorkerCard view={view} seesJobs={seesJobs} t={t} />,
    codex: <CodexCard view={view} t={t} />,
    "last-sync": <SyncCard view={view} t={t} />,
    relay: <RelayCard view={view} t={t} />,
    audit: <AuditCard view={view} t={t} />,
    service: <ServiceCard view={view} t={t} />,
  };
};
