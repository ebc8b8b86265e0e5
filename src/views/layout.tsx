import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { Viewer } from "@/http/env.ts";
import { durationUnits } from "@/locales/format.ts";
import { type Locale, locales } from "@/locales/locale.ts";
import { type TextKey, type Translate, translate } from "@/locales/translate.ts";
import { icon, script, stylesheet } from "./assets.ts";

/** What every page needs beside its own view. */
export interface Frame {
  locale: Locale;
  /** Path and query of this page, for links that lead back to it. */
  address: string;
  viewer: Viewer;
  /** When it was rendered, in the contract's form: running clocks start from it. */
  now: string;
}

type PagePath = "/web/status" | "/web/jobs" | "/web/models" | "/web/audit" | "/docs";

const pages: readonly { path: PagePath; label: TextKey }[] = [
  { path: "/web/status", label: "nav.status" },
  { path: "/web/jobs", label: "nav.jobs" },
  { path: "/web/models", label: "nav.models" },
  { path: "/web/audit", label: "nav.audit" },
  { path: "/docs", label: "nav.api" },
];

/** Each language in its own words. */
const languageNames: Record<Locale, string> = { "zh-CN": "中文", en: "English" };

/** How a live page is kept up to date. */
export interface Live {
  /** Of its event stream. */
  address: string;
  /** Interval of the full reload without a script; absent for pages with a form. */
  reloadSeconds?: number;
}

interface LayoutProps {
  frame: Frame;
  title: string;
  /** Its entry in the navigation. */
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
                {live && <LiveSign address={live.address} t={t} />}
                {locales
                  .filter((other) => other !== locale)
                  .map((other) => (
                    <a href={inLanguage(frame.address, other)} lang={other} hreflang={other}>
                      {languageNames[other]}
                    </a>
                  ))}
                <Login frame={frame} t={t} />
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

/** The same page in another language. */
const inLanguage = (address: string, locale: Locale): string => {
  const [path = "", query] = address.split("?", 2);
  const parameters = new URLSearchParams(query);
  parameters.set("lang", locale);
  return `${path}?${parameters}`;
};

const Login = ({ frame: { viewer, address }, t }: { frame: Frame; t: Translate }) => {
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

/** States in words whether the page is current; the script fills it in and connects to the address. */
const LiveSign = ({ address, t }: { address: string; t: Translate }) => (
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
