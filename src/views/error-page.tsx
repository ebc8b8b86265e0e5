import { sessionTranslator } from "@/locales/session.ts";
import type { Frame } from "./frame.ts";
import { Layout } from "./layout.tsx";
import { Data, NoticeBar, Prose } from "./ui.tsx";

interface ErrorPageProps {
  frame: Frame;
  text: string;
  cure: string;
  traceId: string;
}

/** What an error envelope says, for people. */
export const ErrorPage = ({ frame, text, cure, traceId }: ErrorPageProps) => {
  const t = sessionTranslator(frame.locale);
  return (
    <Layout frame={frame} title={t("errorHeading")}>
      <h1>{t("errorHeading")}</h1>
      <NoticeBar tone="fault">
        <p>
          <Data text={text} />
        </p>
        <p class="cure">
          <Prose text={cure} />
        </p>
      </NoticeBar>
      <p class="hint">
        {t("traceId")} <Data text={traceId} />
      </p>
      <p>
        <a href={frame.address}>{t("goBack")}</a>
      </p>
    </Layout>
  );
};
