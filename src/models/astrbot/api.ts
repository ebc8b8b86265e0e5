import type { Clock } from "@/lib/clock.ts";
import { createRequest, type Fetch, jsonIn } from "@/lib/http.ts";
import { isObject } from "./record.ts";
import { MAX_FILE_BYTES, parseDocument, type ReadFile } from "./source.ts";

interface AstrbotApiDeps {
  /** Without a trailing slash. */
  url: string;
  /** "" without one. Scope `provider`; the default model needs `config`, which also shows the dashboard's secrets. */
  key: string;
  fetch: Fetch;
  clock: Clock;
}

const TIMEOUT_MS = 10_000;

/** Reads AstrBot's providers by its HTTP API (v4.26 on), in the shape of its file. */
export const createAstrbotApi = ({ url, key, fetch, clock }: AstrbotApiDeps) => {
  const request = createRequest({ fetch, clock, timeoutMs: TIMEOUT_MS });

  const get = async (path: string, list: string): Promise<ReadFile> => {
    const headers = { Authorization: `Bearer ${key}` };
    const maxAnswerBytes = MAX_FILE_BYTES + 1;
    const answer = await request(`${url}/api/v1/${path}`, { method: "GET", headers, maxAnswerBytes });
    if (answer.kind === "failure") return { kind: "missing", fault: "unreachable", detail: answer.detail };
    const { status, text } = answer;
    if (status !== 200 || OLD_NOT_FOUND.test(text)) return refusalOf(status, text);
    const file = parseDocument(Buffer.from(text));
    if (file.kind !== "json") return file.fault === "too_large" ? file : notAstrbot(status);
    const { data } = isObject(file.value) ? file.value : {};
    if (!isObject(data)) return refusalOf(status, text);
    // An answer without the list is no empty list.
    return Array.isArray(data[list])
      ? { kind: "json", value: data[list] }
      : { kind: "broken", fault: "wrong_shape", detail: list };
  };

  return {
    url,
    async read(): Promise<ReadFile> {
      if (key === "") return { kind: "denied", fault: "no_key" };
      // The rows have their source's fields already, except the type that stands in for a missing `provider_type`.
      const [rows, sources] = await Promise.all([
        get("providers", "providers"),
        get("provider-sources", "provider_sources"),
      ]);
      if (rows.kind !== "json") return rows;
      if (sources.kind !== "json") return sources;
      return { kind: "json", value: { provider: rows.value, provider_sources: sources.value } };
    },
  };
};
export type AstrbotApi = ReturnType<typeof createAstrbotApi>;

/** v4.18 to v4.25, which have the API but no providers in it, send this page with 200. */
const OLD_NOT_FOUND = /^404 Not found.{0,60}astrbot\.app/s;
/** Before v4.18, every path took the dashboard's own token. */
const OLD_REFUSAL = /^(?:未授权|Token (?:无效|过期))$/;

/** AstrBot's words decide, since a proxy or another program answers with the same statuses. */
const refusalOf = (status: number, text: string): ReadFile => {
  const body = jsonIn(text);
  const message = isObject(body) && body.status === "error" ? String(body.message) : undefined;
  if (OLD_NOT_FOUND.test(text) || (message !== undefined && (status === 404 || OLD_REFUSAL.test(message)))) {
    return { kind: "broken", fault: "too_old" };
  }
  if (message === undefined) return notAstrbot(status);
  if (status === 401) return { kind: "denied", fault: "wrong_key" };
  if (status === 403) return { kind: "denied", fault: "missing_scope" };
  return { kind: "broken", fault: "server_error", detail: `HTTP ${status}` };
};

const notAstrbot = (status: number): ReadFile => ({ kind: "broken", fault: "not_astrbot", detail: `HTTP ${status}` });
