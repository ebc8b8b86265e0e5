import { translate } from "@/locales/translate.ts";
import { type Frame, Layout } from "./layout.tsx";
import { Data, NoticeBar, Prose } from "./ui.tsx";

interface ErrorPageProps {
  frame: Frame;
  text: string;
  fix: string;
  traceId: string;
}

/** The error envelope as a page. */
export const ErrorPage = ({ frame, text, fix, traceId }: ErrorPageProps) => {
  const t = translate(frame.locale);
  return (
    <Layout frame={frame} title={t("error_page.heading")}>
      <h1>{t("error_page.heading")}</h1>
      <NoticeBar tone="fault">
        <p>
          <Data text={text} />
        </p>
        <p class="fix">
          <Prose text={fix} />
        </p>
      </NoticeBar>
      <p class="hint">
        {t("page.trace_id")} <Data text={traceId} />
      </p>
      <p>
        <a href={frame.address}>{t("error_page.go_back")}</a>
      </p>
    </Layout>
  );
};
