import type { Child } from "hono/jsx";
import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import { type Operation, operations } from "@/openapi/operations.ts";
import { type Frame, Layout } from "./layout.tsx";
import { Card, Prose } from "./ui.tsx";

/** @param origin how the reader reaches this service, for the examples. */
export const DocsPage = ({ origin, frame }: { origin: string; frame: Frame }) => {
  const { locale } = frame;
  const t = translate(locale);
  return (
    <Layout frame={frame} title={t("nav.api")} path="/docs">
      <h1>{t("nav.api")}</h1>
      <p>
        <Prose text={t("docs.introduction")} />
      </p>
      <p>
        <Prose text={t("docs.envelope")} /> <a href="/openapi.json">openapi.json</a>
      </p>
      <Card id="api-routes" title={t("docs.routes")}>
        <ul class="routes">
          {tokenRoutes.map((route) => (
            <Route route={route} auth="Bearer" locale={locale}>
              <pre>{curlOf(route, origin)}</pre>
            </Route>
          ))}
        </ul>
      </Card>
      <Card id="open-routes" title={t("page.navigation")}>
        <ul class="routes">
          {openRoutes.map((route) => (
            <Route route={route} auth={t("docs.no_auth")} locale={locale} />
          ))}
        </ul>
      </Card>
    </Layout>
  );
};

const openRoutes = operations.filter(({ isOpen }) => isOpen);
const tokenRoutes = operations.filter(({ isOpen }) => !isOpen);

interface RouteProps {
  route: Operation;
  auth: string;
  locale: Locale;
  children?: Child;
}

const Route = ({ route, auth, locale, children }: RouteProps) => (
  <li>
    <h3>
      <span class={`method ${route.method.toLowerCase()}`}>{route.method}</span>
      <code>{route.path}</code>
      <span class="auth">{auth}</span>
    </h3>
    <p>{route.purpose[locale]}</p>
    {children}
  </li>
);

/** A command to paste, once `BACKEND_API_TOKEN` is set in the shell. */
export const curlOf = ({ method, path, body }: Operation, origin: string): string =>
  [
    `curl -s${method === "POST" ? " -X POST" : ""} '${origin}${path}'`,
    `-H "Authorization: Bearer $BACKEND_API_TOKEN"`,
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d '${body}'`]),
  ].join(" \\\n  ");
