import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import { type Locale, locales } from "@/i18n/locale.ts";
import { type PageTextKey, translator } from "@/i18n/pages.ts";
import { icon, stylesheet } from "./assets.ts";

export type PagePath = "/web/status" | "/web/models" | "/docs";

const pages: readonly { path: PagePath; label: PageTextKey }[] = [
  { path: "/web/status", label: "navStatus" },
  { path: "/web/models", label: "navModels" },
  { path: "/docs", label: "navApi" },
];

/** Each language in its own words, so that whoever cannot read this page finds theirs. */
const languageNames: Record<Locale, string> = { "zh-CN": "中文", en: "English" };

interface LayoutProps {
  locale: Locale;
  path: PagePath;
  children: Child;
}

/** The frame of every page: nothing inline and nothing from elsewhere, as the Content-Security-Policy demands. */
export const Layout = ({ locale, path, children }: LayoutProps) => {
  const t = translator(locale);
  const title = pages.find((page) => page.path === path)?.label ?? "navStatus";
  return (
    <>
      {raw("<!doctype html>")}
      <html lang={locale}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${t("brand")} - ${t(title)}`}</title>
          <link rel="icon" type="image/svg+xml" href={icon.path} />
          <link rel="stylesheet" href={stylesheet.path} />
        </head>
        <body>
          <a class="skip" href="#content">
            {t("skipToContent")}
          </a>
          <header class="bar">
            <div class="column">
              <span class="brand">
                <img src={icon.path} alt="" width="24" height="24" />
                {t("brand")}
              </span>
              <nav aria-label={t("navigation")}>
                {pages.map((page) => (
                  <a href={page.path} aria-current={page.path === path ? "page" : undefined}>
                    {t(page.label)}
                  </a>
                ))}
              </nav>
              <span class="languages">
                {locales
                  .filter((other) => other !== locale)
                  .map((other) => (
                    <a href={`${path}?lang=${other}`} lang={other} hreflang={other}>
                      {languageNames[other]}
                    </a>
                  ))}
              </span>
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
