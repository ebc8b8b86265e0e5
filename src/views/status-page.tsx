import { translator } from "@/i18n/pages.ts";
import type { StatusPageView } from "@/status/view.ts";
import type { CheckNotice } from "./check-notice.ts";
import type { Frame } from "./frame.ts";
import { Layout } from "./layout.tsx";
import { CheckNoticeBar } from "./status/check-notice-bar.tsx";
import { CodexCard } from "./status/codex-card.tsx";
import { GatewayCard, RelayCard } from "./status/gateway-cards.tsx";
import { Headline } from "./status/headline.tsx";
import { MemoryCard } from "./status/memory-card.tsx";
import { AuditCard, ServiceCard, SyncCard } from "./status/service-cards.tsx";
import { WorkerCard } from "./status/worker-card.tsx";

interface StatusPageProps {
  view: StatusPageView;
  frame: Frame;
  notice?: CheckNotice | null;
}

/**
 * Renders the page, or gives the last rendering again when nothing in it has changed: many readers at once, as when the
 * bot is silent, cost little more than one.
 */
export const createStatusRenderer = () => {
  const last = new Map<string, { key: string; document: string }>();
  return (props: StatusPageProps): string => {
    const key = JSON.stringify(props);
    const readers = `${props.frame.locale} ${props.frame.viewer}`;
    const known = last.get(readers);
    if (known?.key === key) return known.document;
    const document = String(<StatusPage {...props} />);
    last.set(readers, { key, document });
    return document;
  };
};

export const StatusPage = ({ view, frame, notice = null }: StatusPageProps) => {
  const { locale } = frame;
  const t = translator(locale);
  const card = { view, locale, t };
  return (
    <Layout frame={frame} title={t("navStatus")} path="/web/status">
      {notice !== null && <CheckNoticeBar notice={notice} locale={locale} />}
      <Headline view={view} locale={locale} />
      <div class="cards">
        <GatewayCard {...card} />
        <MemoryCard {...card} />
        <WorkerCard {...card} seesJobs={frame.viewer !== "guest"} />
        <CodexCard {...card} />
        <SyncCard {...card} />
        <RelayCard {...card} />
        <AuditCard {...card} />
        <ServiceCard {...card} />
      </div>
    </Layout>
  );
};
