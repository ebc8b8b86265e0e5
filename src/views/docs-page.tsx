import { type Operation, operations } from "@/openapi/operations.ts";
import { type Frame, Layout } from "./layout.tsx";
import { Card, Prose } from "./ui.tsx";

/** @param origin how the reader reaches this service, for the examples. */
export const DocsPage = ({ origin, frame }: { origin: string; frame: Frame }) => {
  const { locale, t } = frame;
  const groups = [
    { id: "api-routes", title: t("docs.routes"), auth: "Bearer", isOpen: false },
    { id: "open-routes", title: t("page.navigation"), auth: t("docs.no_auth"), isOpen: true },
  ];
  return (
    <Layout frame={frame} title={t("nav.api")} path="/docs">
      <h1>{t("nav.api")}</h1>
      <Prose as="p" text={t("docs.introduction")} />
      <p>
        <Prose text={t("docs.envelope")} /> <a href="/openapi.json">openapi.json</a>
      </p>
      {groups.map(({ id, title, auth, isOpen }) => (
        <Card id={id} title={title}>
          <ul class="routes">
            {operations
              .filter((operation) => (operation.isOpen ?? false) === isOpen)
              .map((operation) => (
                <li>
                  <h3>
                    <span class={`method ${operation.method === "GET" ? "notice" : "ok"}`}>{operation.method}</span>
                    <code>{operation.path}</code>
                    <span class="auth">{auth}</span>
                  </h3>
                  <p>{operation[locale]}</p>
                  {!isOpen && <pre>{curlOf(operation, origin)}</pre>}
                </li>
              ))}
          </ul>
        </Card>
      ))}
    </Layout>
  );
};

/** A command to paste, once `BACKEND_API_TOKEN` is set in the shell. */
export const curlOf = ({ method, path, body }: Operation, origin: string): string =>
  [
    `curl -s${method === "POST" ? " -X POST" : ""} '${origin}${path}'`,
    `-H "Authorization: Bearer $BACKEND_API_TOKEN"`,
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d '${body}'`]),
  ].join(" \\\n  ");
