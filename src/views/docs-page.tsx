import type { Child } from "hono/jsx";
import { groupOf, groups, type Operation, operations } from "@/openapi/operations.ts";
import { type ApiDocument, type ApiOperation, nameOf, sampleOf, typeText } from "./docs/schema-text.ts";
import { type Frame, Layout } from "./layout.tsx";
import { Copy, Pill, Prose } from "./ui.tsx";

/** A request sent from this page, and its answer. */
export interface Tried {
  id: string;
  status: number;
  text: string;
  values: Readonly<Record<string, string>>;
}

interface DocsProps {
  document: ApiDocument;
  /** How the reader reaches this service, for the examples. */
  origin: string;
  /** The search text. */
  text?: string;
  tried?: Tried | undefined;
  frame: Frame;
}

/** The API reference: the OpenAPI document as a page, and its requests as forms. */
export const DocsPage = ({ text = "", ...props }: DocsProps) => {
  const { document, frame } = props;
  const { locale, t } = frame;
  const words = text.toLowerCase().split(/\s+/);
  const isWanted = ({ method, path, id, ...own }: Operation) =>
    words.every((word) => `${method} ${path} ${id} ${own["zh-CN"]} ${own.en}`.toLowerCase().includes(word));
  const found = operations.filter(isWanted);
  return (
    <Layout frame={frame} title={t("nav.api")} path="/docs">
      <h1>{t("nav.api")}</h1>
      <Prose as="p" text={t("docs.introduction")} />
      <p>
        <Prose text={t("docs.envelope")} /> <a href="/openapi.json">openapi.json</a>
      </p>
      <form class="search" method="get" action="/docs">
        <input
          type="search"
          name="text"
          value={text}
          aria-label={t("docs.search_label")}
          placeholder={t("docs.search_hint")}
        />
        <button type="submit" class="quiet">
          {t("page.search")}
        </button>
      </form>
      {found.length === 0 && <p class="hint">{t("docs.nothing_found")}</p>}
      {groups
        .map((group) => ({ group, members: found.filter(({ path }) => groupOf(path) === group) }))
        .filter(({ members }) => members.length > 0)
        .map(({ group, members }) => (
          <section class="api-group" aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`}>{t(`docs.group_${group}`)}</h2>
            <div class="parts">
              {members.map((operation) => (
                <details id={operation.id} class="part" open={props.tried?.id === operation.id || text !== ""}>
                  <summary class="part-head operation">
                    <span class={`method ${operation.method === "GET" ? "notice" : "ok"}`}>{operation.method}</span>
                    <span>
                      <code>{operation.path}</code> <Prose text={operation[locale]} />
                    </span>
                  </summary>
                  <div class="part-body">
                    <Details operation={operation} {...props} />
                  </div>
                </details>
              ))}
            </div>
          </section>
        ))}
      {text === "" && (
        <section class="api-group" aria-labelledby="schemas">
          <h2 id="schemas">{t("docs.schemas")}</h2>
          <div class="parts">
            {Object.entries(document.components.schemas).map(([name, schema]) => (
              <details id={`schema-${name}`} class="part">
                <summary class="part-head operation">
                  <code>{name}</code>{" "}
                  <span class="line">
                    <Prose text={schema.description ?? ""} />
                  </span>
                </summary>
                <div class="part-body">
                  <Block text={typeText(schema)} />
                </div>
              </details>
            ))}
          </div>
        </section>
      )}
    </Layout>
  );
};

const Details = ({ operation, document, origin, tried, frame }: DocsProps & { operation: Operation }) => {
  const { t } = frame;
  const { schemas } = document.components;
  const api = document.paths[operation.path]?.[operation.method.toLowerCase()];
  if (!api) return null;
  const body = api.requestBody?.content["application/json"];
  const curl = curlOf(operation, origin);
  const responses = Object.entries(api.responses);
  return (
    <>
      <p class="hint">
        <a href={`#${operation.id}`}>#{operation.id}</a> · {t(operation.isOpen ? "docs.no_auth" : "docs.auth")}
      </p>
      {api.parameters.length > 0 && (
        <Section title={t("docs.parameters")}>
          <dl class="fields-list">
            {api.parameters.map(({ name, in: place, required, description, schema }) => (
              <div>
                <dt>
                  <code>{name}</code> <span class="hint">{t(`docs.in_${place}`)}</span>
                  {required && <span class="hint"> · {t("docs.required")}</span>}
                </dt>
                <dd>
                  <code>{typeText(schema)}</code> <Prose text={description ?? schema.description ?? ""} />
                </dd>
              </div>
            ))}
          </dl>
        </Section>
      )}
      {body && (
        <Section title={t("docs.body")}>
          <Block text={typeText(body.schema ?? {})} />
        </Section>
      )}
      <Section title={t("docs.example")}>
        <Block text={curl} />
        <Copy text={curl} t={t} />
      </Section>
      <Section title={t("docs.responses")}>
        {responses
          .filter(([status]) => status.startsWith("2"))
          .map(([status, { description, content = {} }]) => {
            const schema = content["application/json"]?.schema;
            return (
              <>
                <p>
                  <code>{status}</code> <Prose text={description} />{" "}
                  {schema?.$ref && <a href={`#schema-${nameOf(schema.$ref)}`}>{nameOf(schema.$ref)}</a>}
                </p>
                {schema && <Block text={JSON.stringify(sampleOf(schema, schemas), null, 2)} />}
              </>
            );
          })}
        <details class="fold">
          <summary>{t("docs.errors")}</summary>
          <ul>
            {responses
              .filter(([status]) => !status.startsWith("2"))
              .map(([status, { description }]) => (
                <li>
                  <code>{status}</code> <Prose text={description} />
                </li>
              ))}
          </ul>
        </details>
      </Section>
      {!operation.isStream && <TryIt operation={operation} api={api} tried={tried} frame={frame} />}
    </>
  );
};

/** Scrolled by keyboard too. */
const Block = ({ text }: { text: string }) => (
  <pre class="wide" tabindex={0}>
    {text}
  </pre>
);

const Section = ({ title, children }: { title: string; children: Child }) => (
  <section class="api-section">
    <h3>{title}</h3>
    {children}
  </section>
);

type TryProps = Pick<DocsProps, "tried" | "frame"> & { operation: Operation; api: ApiOperation };

/** A form, so that it works without a script; the token stays on the server. */
const TryIt = ({ operation: { id, body }, api, tried, frame: { t, viewer } }: TryProps) => {
  const own = tried?.id === id ? tried : undefined;
  if (viewer === "guest") {
    return <a href={`/web/login?${new URLSearchParams({ next: "/docs" })}`}>{t("docs.try_login")}</a>;
  }
  return (
    <Section title={t("docs.try")}>
      <form class="fields" method="post" action={`/web/try#${id}`}>
        <input type="hidden" name="operation" value={id} />
        {api.parameters.map(({ name, in: place, required }) => (
          <label>
            <span>{name}</span>
            <input name={`${place}.${name}`} value={own?.values[`${place}.${name}`] ?? ""} required={required} />
          </label>
        ))}
        {body !== undefined && (
          <label>
            <span>{t("docs.body")}</span>
            <textarea name="body" rows={4}>
              {own?.values.body ?? body}
            </textarea>
          </label>
        )}
        <button type="submit">{t("docs.send")}</button>
      </form>
      {own && (
        <div class="tried" role="status">
          <Pill tone={own.status < 400 ? "ok" : "fault"}>{own.status}</Pill>
          <Block text={own.text} />
        </div>
      )}
    </Section>
  );
};

/** A command to paste, once `BACKEND_API_TOKEN` is set in the shell. */
export const curlOf = ({ method, path, body, isOpen }: Operation, origin: string): string =>
  [
    `curl -s${method === "POST" ? " -X POST" : ""} '${origin}${path}'`,
    ...(isOpen ? [] : [`-H "Authorization: Bearer $BACKEND_API_TOKEN"`]),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d '${body}'`]),
  ].join(" \\\n  ");
