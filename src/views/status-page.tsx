import type { Locale } from "@/i18n/locale.ts";
import { translator } from "@/i18n/pages.ts";
import { diagnose } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";
import type { StatusView } from "@/status/view.ts";
import type { CheckNotice } from "./check-notice.ts";
import { CheckNoticeBar } from "./gateway-cards.tsx";
import { Icon } from "./icons.tsx";
import { Layout } from "./layout.tsx";
import { ProblemList } from "./problem-list.tsx";
import { StatusCards } from "./status-cards.tsx";
import { Timestamp } from "./ui.tsx";

interface StatusPageProps {
  view: StatusView;
  locale: Locale;
  notice?: CheckNotice | null;
}

/**
 * Renders the page, or gives the last rendering again when nothing in it has changed: many readers at once, as when the
 * bot is silent, cost little more than one.
 */
export const createStatusRenderer = () => {
  const last = new Map<Locale, { key: string; document: string }>();
  return (props: StatusPageProps): string => {
    const key = JSON.stringify(props);
    const known = last.get(props.locale);
    if (known?.key === key) return known.document;
    const document = String(<StatusPage {...props} />);
    last.set(props.locale, { key, document });
    return document;
  };
};

export const StatusPage = ({ view, locale, notice = null }: StatusPageProps) => {
  const t = translator(locale);
  const problems = diagnose(view);
  const [gravest] = problems;
  const headline = () => {
    if (gravest === undefined) return t("allWell");
    return problems.length === 1
      ? describeProblem(gravest, locale).title
      : t("severalProblems", { count: problems.length });
  };
  return (
    <Layout locale={locale} path="/web/status">
      {notice !== null && <CheckNoticeBar notice={notice} locale={locale} />}
      <div class={`headline ${gravest?.severity ?? "ok"}`}>
        <Icon tone={gravest?.severity ?? "ok"} />
        <div>
          <h1>{headline()}</h1>
          {gravest === undefined && <p>{t("allWellDetail")}</p>}
        </div>
        <p class="as-of">
          <span>
            {t("asOf")} <Timestamp value={view.service.time} />
          </span>
          <a href="/web/status">{t("refresh")}</a>
        </p>
      </div>
      {problems.length > 0 && <ProblemList problems={problems} locale={locale} />}
      <StatusCards view={view} locale={locale} />
    </Layout>
  );
};
