import type { Locale } from "@/i18n/locale.ts";
import { translator } from "@/i18n/pages.ts";
import type { StatusPageView } from "@/status/view.ts";
import type { CheckNotice } from "./check-notice.ts";
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
  locale: Locale;
  /** Whether the reader may see what jobs do. */
  seesJobs: boolean;
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
    const readers = `${props.locale} ${props.seesJobs}`;
    const known = last.get(readers);
    if (known?.key === key) return known.document;
    const document = String(<StatusPage {...props} />);
    last.set(readers, { key, document });
    return document;
  };
};

export const StatusPage = ({ view, locale, seesJobs, notice = null }: StatusPageProps) => {
  const card = { view, locale, t: translator(locale) };
  return (
    <Layout locale={locale} path="/web/status">
      {notice !== null && <CheckNoticeBar notice={notice} locale={locale} />}
      <Headline view={view} locale={locale} />
      <div class="cards">
        <GatewayCard {...card} />
        <MemoryCard {...card} />
        <WorkerCard {...card} seesJobs={seesJobs} />
        <CodexCard {...card} />
        <SyncCard {...card} />
        <RelayCard {...card} />
        <AuditCard {...card} />
        <ServiceCard {...card} />
      </div>
    </Layout>
  );
};
