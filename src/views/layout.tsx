import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { Viewer } from "@/http/env.ts";
import { ageUnits, durationUnits } from "@/locales/format.ts";
import type { Locale, Translate } from "@/locales/translate.ts";
import { icon, icons, script, stylesheet } from "./assets.ts";
import { IconShapes, PostButton, type Tone } from "./ui.tsx";

/** What every page needs beside its own view. */
export interface Frame {
  locale: Locale;
  t: Translate;
  /** Path and query of this page, for links that lead back to it. */
  address: string;
  viewer: Viewer;
  /** When it was rendered, in the contract's form: running clocks start from it. */
  now: string;
}

const pages = {
  "/web/status": "nav.status",
  "/web/jobs": "nav.jobs",
  "/web/models": "nav.models",
  "/web/audit": "nav.audit",
  "/docs": "nav.api",
} as const;

/** Each language's own name. */
const languageNames: Record<Locale, string> = { "zh-CN": "中文", en: "English" };

interface LayoutProps {
  frame: Frame;
  title: string;
  /** State of the page's subject, shown in its icon. */
  tone?: Tone;
  /** Its entry in the navigation. */
  path?: keyof typeof pages;
  /** Address of the page's event stream; without a script the page is reloaded instead. */
  live?: string | false;
  reloadSeconds?: number;
  children: Child;
}

/** The frame of every page: nothing inline and nothing from elsewhere, as the Content-Security-Policy demands. */
export const Layout = ({ frame, title, tone, path, live, reloadSeconds = 30, children }: LayoutProps) => {
  const { locale, t, now } = frame;
  const other = locale === "en" ? "zh-CN" : "en";
  return (
    <>
      {raw("<!doctype html>")}
      <html
        lang={locale}
        data-now={now}
        data-units={durationUnits[locale].join("|")}
        data-ages={ageUnits[locale].join("|")}
        data-copied={t("page.copied")}
      >
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${title} - ${t("page.brand")}`}</title>
          <link rel="icon" type="image/svg+xml" href={(tone ? icons[tone] : icon).path} />
          <link rel="stylesheet" href={stylesheet.path} />
          <script defer src={script.path} />
          {live && (
            <noscript>
              <meta http-equiv="refresh" content={String(reloadSeconds)} />
            </noscript>
          )}
        </head>
        <body>
          <IconShapes />
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
                {Object.entries(pages).map(([address, label]) => (
                  <a href={address} aria-current={address === path ? "page" : undefined}>
                    {t(label)}
                  </a>
                ))}
              </nav>
              <div class="tools">
                {live && (
                  // States in words whether the page is current; the script fills it in and connects to the address.
                  <p
                    id="live"
                    class="live"
                    role="status"
                    data-address={live}
                    data-on={t("live.on")}
                    data-off={t("live.lost")}
                    data-done={t("live.complete")}
                  />
                )}
                <a href={inLanguage(frame.address, other)} lang={other} hreflang={other}>
                  {languageNames[other]}
                </a>
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

/** The same page in another language. */
const inLanguage = (address: string, locale: Locale): string => {
  const [path = "", query] = address.split("?", 2);
  const parameters = new URLSearchParams(query);
  parameters.set("lang", locale);
  return `${path}?${parameters}`;
};

const Login = ({ frame: { viewer, address, t } }: { frame: Frame }) => {
  if (viewer === "member") return <PostButton action="/web/logout" label={t("login.log_out")} look="link" />;
  if (viewer === "anybody" || address.startsWith("/web/login")) return null;
  return <a href={`/web/login?${new URLSearchParams({ next: address })}`}>{t("login.log_in")}</a>;
};
