import { raw } from "hono/html";
import { RELEASE } from "@/lib/identity.ts";
import { type Locale, translate } from "@/locales/translate.ts";
import { type Frame, Layout } from "./layout.tsx";
import { Command, Data, NoticeBar } from "./ui.tsx";

interface ErrorProps {
  text: string;
  fix: string;
  /** To run on the host. */
  command?: string | undefined;
  traceId: string;
}

/** The error envelope as a page. @param props.back where its link leads. */
export const ErrorPage = (props: ErrorProps & { frame: Frame; back: string }) => {
  const { frame, text, fix, command, traceId, back } = props;
  const { t } = frame;
  return (
    <Layout frame={frame} title={t("error_page.heading")}>
      <h1>{t("error_page.heading")}</h1>
      <NoticeBar
        tone="fault"
        text={<Data text={text} />}
        fix={fix}
        more={command && <Command text={command} t={t} />}
      />
      <p class="hint">
        {t("page.trace_id")} <Data text={traceId} />
      </p>
      <a href={back}>{t("error_page.go_back")}</a>
    </Layout>
  );
};

const style =
  ":root{color-scheme:light dark}body{max-width:36em;margin:12vh auto;padding:0 20px;font:17px/1.6 system-ui,sans-serif}" +
  "h1{font-size:1.4em;line-height:1.3}p,h1{overflow-wrap:anywhere}footer{opacity:.75;font-size:.85em}";

/** For the Content-Security-Policy. */
export const bareStyleHash = `'sha256-${new Bun.CryptoHasher("sha256").update(style).digest("base64")}'`;

/** The same where the stylesheet would be refused too. @param reloadSeconds for an error that passes. */
export const BareErrorPage = (props: ErrorProps & { locale: Locale; reloadSeconds?: number | undefined }) => {
  const { locale, text, fix, traceId, reloadSeconds } = props;
  const t = translate(locale);
  return (
    <>
      {raw("<!doctype html>")}
      <html lang={locale}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          {reloadSeconds && <meta http-equiv="refresh" content={String(reloadSeconds)} />}
          <title>{`${t("page.brand")} - ${text}`}</title>
          <style>{raw(style)}</style>
        </head>
        <body>
          <main>
            <h1>{text}</h1>
            <p>{fix}</p>
          </main>
          <footer>
            {t("page.brand")} {RELEASE} · {t("page.trace_id")} <Data text={traceId} />
          </footer>
        </body>
      </html>
    </>
  );
};
