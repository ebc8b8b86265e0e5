import { seesJobs } from "@/http/env.ts";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import type { StatusPageView } from "@/status/view.ts";
import type { CheckNotice } from "./check-notice.ts";
import type { Frame } from "./frame.ts";
import { Layout } from "./layout.tsx";
import { CheckNoticeBar } from "./status/check-notice-bar.tsx";
import { CodexCard } from "./status/codex-card.tsx";
import { GatewayCard, RelayCard } from "./status/gateway-cards.tsx";
import { AsOf, Headline } from "./status/headline.tsx";
import { MemoryCard } from "./status/memory-card.tsx";
import { AuditCard, ServiceCard, SyncCard } from "./status/service-cards.tsx";
import { WorkerCard } from "./status/worker-card.tsx";

interface StatusPageProps {
  view: StatusPageView;
  frame: Frame;
  notice?: CheckNotice | null;
}

/** Without scripts the page loads itself again this often. */
const RELOAD_SECONDS = 30;

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

export type StatusRenderer = ReturnType<typeof createStatusRenderer>;

export const StatusPage = ({ view, frame, notice = null }: StatusPageProps) => {
  const { locale } = frame;
  const live = { address: "/web/status/live", reloadSeconds: RELOAD_SECONDS };
  const parts = statusParts({ view, locale, seesJobs: seesJobs(frame.viewer) });
  return (
    <Layout frame={frame} title={translate(locale)("nav.status")} path="/web/status" live={live}>
      {notice !== null && <CheckNoticeBar notice={notice} locale={locale} />}
      {parts.verdict}
      {parts["as-of"]}
      <div class="cards">{CARDS.map((id) => parts[id])}</div>
    </Layout>
  );
};

const CARDS = ["gateway", "memory", "worker", "codex", "last-sync", "relay", "audit", "service"] as const;

interface StatusPartsProps {
  view: StatusPageView;
  locale: Locale;
  seesJobs: boolean;
}

/** What the page is made of, by the id of each part's element: each can be sent anew without the others. */
export const statusParts = ({ view, locale, seesJobs }: StatusPartsProps) => {
  const card = { view, locale, t: translate(locale) };
  return {
    verdict: <Headline view={view} locale={locale} />,
    "as-of": <AsOf view={view} locale={locale} />,
    gateway: <GatewayCard {...card} />,
    memory: <MemoryCard {...card} />,
    worker: <WorkerCard {...card} seesJobs={seesJobs} />,
    codex: <CodexCard {...card} />,
    "last-sync": <SyncCard {...card} />,
    relay: <RelayCard {...card} />,
    audit: <AuditCard {...card} />,
    service: <ServiceCard {...card} />,
  };
};
