import fc from "fast-check";
import { z } from "zod";
import { fromSchema, Schema, text } from "./from-schema.ts";

const Parameter = z.object({ name: z.string(), in: z.string(), schema: Schema.optional() });

export const OpenApi = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        parameters: z.array(Parameter).default([]),
        requestBody: z.object({ content: z.record(z.string(), z.object({ schema: Schema.optional() })) }).optional(),
        responses: z.record(z.string(), z.unknown()),
      }),
    ),
  ),
});

export interface FuzzedRequest {
  operation: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | undefined;
  /** Statuses that the document names for this operation. */
  documented: readonly string[];
}

/** Pages are not in the document. */
const PAGES: Readonly<Record<string, readonly ("get" | "post")[]>> = {
  "/": ["get"],
  "/docs": ["get"],
  "/redoc": ["get"],
  "/docs/oauth2-redirect": ["get"],
  "/assets/{name}": ["get"],
  "/web/login": ["get", "post"],
  "/web/logout": ["post"],
  "/web/status": ["get"],
  "/web/status/live": ["get"],
  "/web/gateway/check": ["post"],
  "/web/codex/check": ["post"],
  "/web/models": ["get"],
  "/web/models/pull-astr": ["post"],
  "/web/models/import": ["post"],
  "/web/models/import/confirm": ["post"],
  "/web/jobs": ["get", "post"],
  "/web/jobs-live": ["get"],
  "/web/new-job": ["get"],
  "/web/jobs/{job_id}": ["get"],
  "/web/jobs/{job_id}/live": ["get"],
  "/web/jobs/{job_id}/log": ["get"],
  "/web/jobs/{job_id}/cancel": ["post"],
  "/web/jobs/{job_id}/again": ["post"],
  "/web/audit": ["get"],
  "/web/audit/live": ["get"],
};
const PAGE_PARAMETERS = ["state", "before", "resume", "action", "outcome", "q", "capability", "page", "next"].map(
  (name) => ({ name, in: "query", schema: { type: "string" } }),
);

/** The document's operations, and the pages. */
export const withPages = ({ paths }: z.infer<typeof OpenApi>): z.infer<typeof OpenApi> => {
  const pages = Object.entries(PAGES).map(([path, methods]) => [
    path,
    Object.fromEntries(
      methods.map((method) => [
        method,
        { operationId: `${method} ${path}`, parameters: PAGE_PARAMETERS, responses: { 503: {} } },
      ]),
    ),
  ]);
  return { paths: { ...paths, ...Object.fromEntries(pages) } };
};

interface Surroundings {
  apiToken: string;
  origin: string;
  /** Ids of jobs that there are. */
  jobIds: readonly string[];
}

const CONTENT_TYPES = [
  "application/json",
  "application/json; charset=utf-16",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=b",
  "text/plain",
  "",
];

/** Requests to every operation: most of them nearly right, since those get furthest. */
export const requestsOf = (
  document: z.infer<typeof OpenApi>,
  { apiToken, origin, jobIds }: Surroundings,
): fc.Arbitrary<FuzzedRequest> => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  );
  const jobId = fc.oneof({ weight: 3, arbitrary: fc.constantFrom("0123456789abcdef", ...jobIds) }, text());

  return fc.constantFrom(...operations).chain(({ path, method, operationId, parameters, requestBody, responses }) => {
    const [content] = Object.values(requestBody?.content ?? {});
    const json = fromSchema(content?.schema ?? {}).map((value) => JSON.stringify(value) ?? "");
    const form = fc.record({ file: text(), text: text(), payload: text() }, { requiredKeys: [] });
    const body = fc.oneof(
      { weight: 5, arbitrary: json },
      { weight: 1, arbitrary: form.map((fields) => new URLSearchParams(fields).toString()) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)) },
      { weight: 1, arbitrary: json.map((whole) => whole.slice(0, whole.length / 2)) },
    );
    const inQuery = parameters.filter((parameter) => parameter.in === "query");
    const inHeader = parameters.filter((parameter) => parameter.in === "header");
    return fc
      .record({
        id: jobId,
        name: text(),
        query: fc.record(Object.fromEntries(inQuery.map(({ name, schema }) => [name, fromSchema(schema ?? {})])), {
          requiredKeys: [],
        }),
        extra: fc.dictionary(text(), text(), { maxKeys: 2 }),
        given: fc.record(Object.fromEntries(inHeader.map(({ name }) => [name, text()])), { requiredKeys: [] }),
        method: fc.oneof(
          { weight: 12, arbitrary: fc.constant(method) },
          fc.constantFrom("HEAD", "PUT", "DELETE", "OPTIONS"),
        ),
        token: fc.oneof({ weight: 12, arbitrary: fc.constant(apiToken) }, fc.constant("")),
        origin: fc.oneof({ weight: 3, arbitrary: fc.constant(origin) }, fc.constant("")),
        type: fc.oneof({ weight: 5, arbitrary: fc.constant("application/json") }, fc.constantFrom(...CONTENT_TYPES)),
        language: fc.constantFrom("zh-CN", "en", "*;q=0", "x".repeat(300)),
        body,
      })
      .map((r): FuzzedRequest => {
        const search = new URLSearchParams(
          Object.entries({ ...r.extra, ...r.query }).map(([k, v]): [string, string] => [k, queryText(k, v)]),
        );
        const isForm = path.startsWith("/web/");
        return {
          operation: operationId,
          method: r.method,
          // Above our own limit of 8 KiB, below that of the server.
          path: `${path.replace("{job_id}", encode(r.id)).replace("{name}", encode(r.name))}?${search}`.slice(0, 9000),
          headers: headersOf({
            ...r.given,
            authorization: r.token && `Bearer ${r.token}`,
            origin: isForm ? r.origin : "",
            "content-type": r.type,
            "accept-language": r.language,
          }),
          body: ["POST", "PUT", "DELETE"].includes(r.method) ? r.body : undefined,
          documented: Object.keys(responses),
        };
      });
  });
};

/** A long poll is not what is tried here, and would take its seconds. */
const queryText = (name: string, value: unknown): string => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return name === "wait" && Number(text) > 0 ? "0" : text;
};

/** A lone surrogate has no place in an address; a dot segment would be resolved before it is sent. */
const encode = (segment: string): string => encodeURIComponent(segment.toWellFormed()).replace(/^\.+$/, "%2E") || "-";

/** What a client library lets through: no control characters, nothing beyond Latin-1. */
const headersOf = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .map(
        ([name, value]) =>
          [
            name,
            value
              .replace(/[^\x20-\x7e]/g, "")
              .trim()
              .slice(0, 4000),
          ] as const,
      )
      .filter(([, value]) => value !== ""),
  );
