import { seesJobs } from "@/http/env.ts";
import { translate } from "@/locales/translate.ts";
import type { StatusPageView } from "@/status/service.ts";
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
  const { locale } = frame;
  return (
    <Layout
      frame={frame}
      title={t("nav.status")}
      path="/web/status"
      live={{ address: "/web/status/live", reloadSeconds: RELOAD_SECONDS }}
    >
      {notice !== null && <CheckNoticeBar notice={notice} t={t} />}
      <Headline view={view} locale={locale} />
      <AsOf view={view} t={t} />
      <div class="cards">
        <GatewayCard view={view} locale={locale} />
        <MemoryCard view={view} t={t} />
        <WorkerCard view={view} seesJobs={seesJobs(frame.viewer)} t={t} />
        <CodexCard view={view} t={t} />
        <SyncCard view={view} t={t} />
        <RelayCard view={view} t={t} />
        <AuditCard view={view} t={t} />
        <ServiceCard view={view} t={t} />
      </div>
    </Layout>
  );
};
