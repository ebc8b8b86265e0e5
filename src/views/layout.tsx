import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { durationUnits } from "@/locales/format.ts";
import { type Locale, locales } from "@/locales/locale.ts";
import { type TextKey, translate } from "@/locales/translate.ts";
import { icon, script, stylesheet } from "./assets.ts";
import { type Frame, inLanguage } from "./frame.ts";

export type PagePath = "/web/status" | "/web/jobs" | "/web/models" | "/web/audit" | "/docs";

const pages: readonly { path: PagePath; label: TextKey }[] = [
  { path: "/web/status", label: "nav.status" },
  { path: "/web/jobs", label: "nav.jobs" },
  { path: "/web/models", label: "nav.models" },
  { path: "/web/audit", label: "nav.audit" },
  { path: "/docs", label: "nav.api" },
];

/** Each language in its own words, so that whoever cannot read this page finds theirs. */
const languageNames: Record<Locale, string> = { "zh-CN": "中文", en: "English" };

/** How a page that changes by itself is kept up to date. */
export interface Live {
  /** Of its event stream. */
  address: string;
  /** Without scripts the whole page is loaded again this often: not for pages on which somebody types. */
  reloadSeconds?: number;
}

interface LayoutProps {
  frame: Frame;
  title: string;
  /** The page of the navigation that this one is, or belongs to. */
  path?: PagePath;
  live?: Live | undefined;
  children: Child;
}

/** The frame of every page: nothing inline and nothing from elsewhere, as the Content-Security-Policy demands. */
export const Layout = ({ frame, title, path, live, children }: LayoutProps) => {
  const { locale, now } = frame;
  const t = translate(locale);
  return (
    <>
      {raw("<!doctype html>")}
      <html lang={locale} data-now={now} data-units={durationUnits(locale).join("|")}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${t("page.brand")} - ${title}`}</title>
          <link rel="icon" type="image/svg+xml" href={icon.path} />
          <link rel="stylesheet" href={stylesheet.path} />
          <script defer src={script.path} />
          {live?.reloadSeconds !== undefined && (
            <noscript>
              <meta http-equiv="refresh" content={String(live.reloadSeconds)} />
            </noscript>
          )}
        </head>
        <body>
          <a class="skip" href="#content">
            {t("page.skip_to_content")}
          </a>
          <header class="bar">
            <div class="column">
              <a class="brand" href="/web/status">
                <img src={icon.path} alt="" width="24" height="24" />
                <span>{t("page.brand")}</span>
              </a>
              <nav aria-label={t("page.navigation")}>
                {pages.map((page) => (
                  <a href={page.path} aria-current={page.path === path ? "page" : undefined}>
                    {t(page.label)}
                  </a>
                ))}
              </nav>
              <div class="tools">
                {live && <LiveSign address={live.address} locale={locale} />}
                {locales
                  .filter((other) => other !== locale)
                  .map((other) => (
                    <a href={inLanguage(frame.address, other)} lang={other} hreflang={other}>
                      {languageNames[other]}
                    </a>
                  ))}
                <Login frame={frame} />
              </div>
            </div>
          </header>
          <main id="content" class="column">
            {children}
          </main>
        </body>
      </html>
    </>
  );
};

const Login = ({ frame: { viewer, locale, address } }: { frame: Frame }) => {
  const t = translate(locale);
  switch (viewer) {
    case "anybody":
      return null;
    case "guest":
      return address.startsWith("/web/login") ? null : (
        <a href={`/web/login?${new URLSearchParams({ next: address })}`}>{t("login.log_in")}</a>
      );
    case "member":
      return (
        <form method="post" action="/web/logout">
          <button type="submit" class="link">
            {t("login.log_out")}
          </button>
        </form>
      );
  }
};

/** Says in words whether what is shown is of now; the script fills it, and connects to the address. */
const LiveSign = ({ address, locale }: { address: string; locale: Locale }) => {
  const t = translate(locale);
  return (
    <p
      id="live"
      class="live"
      role="status"
      data-address={address}
      data-on={t("live.on")}
      data-off={t("live.lost")}
      data-done={t("live.complete")}
    />
  );
};
