import { type Frame, Layout } from "./layout.tsx";
import { Data, NoticeBar } from "./ui.tsx";

/** The error envelope as a page. */
export const ErrorPage = (props: { frame: Frame; text: string; fix: string; traceId: string }) => {
  const { frame, text, fix, traceId } = props;
  const { t } = frame;
  return (
    <Layout frame={frame} title={t("error_page.heading")}>
      <h1>{t("error_page.heading")}</h1>
      <NoticeBar tone="fault" text={<Data text={text} />} fix={fix} />
      <p class="hint">
        {t("page.trace_id")} <Data text={traceId} />
      </p>
      <a href={frame.address}>{t("error_page.go_back")}</a>
    </Layout>
  );
};
