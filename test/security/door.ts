import { type Attack, must, mustAnswer } from "./attack.ts";
import { API_PATHS, PAGE_PATHS } from "./paths.ts";
import { sendRaw } from "./raw.ts";

const EVIL = "http://evil.example";

/** A browser on a page of another site, asking for something of ours. */
const rebinding: Attack[] = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""].map((name) => ({
  row: "DNS rebinding",
  name: `Host "${name}" on every path, with the right token too`,
  async run({ call, trusted, port }) {
    const host = name === "" ? "" : `${name}:${port}`;
    for (const path of [...PAGE_PATHS, ...API_PATHS]) {
      for (const send of [call, trusted]) {
        await mustAnswer(await send(path, { headers: { host, origin: `http://${host}` } }), 403, "host_not_allowed");
      }
    }
    return `403 on ${PAGE_PATHS.length + API_PATHS.length} paths`;
  },
}));

const absoluteForm: Attack = {
  row: "DNS rebinding",
  name: "another Host behind our name in the request line, and two Hosts",
  async run({ port, host }) {
    const requests = [
      `GET http://${host}/web/status HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
      `GET /web/status HTTP/1.1\r\nHost: evil.example\r\nHost: ${host}\r\n\r\n`,
      `GET /web/status HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example\r\n\r\n`,
      `GET /web/status HTTP/1.1\r\nHost: ${host}@evil.example\r\n\r\n`,
      "GET /web/status HTTP/1.1\r\n\r\n",
    ];
    const statuses: number[] = [];
    for (const request of requests) statuses.push(...(await sendRaw(port, request)).statuses);
    must(statuses.every((status) => status === 403 || status === 400) && statuses.length === 5, `${statuses}`);
    return statuses.join(" ");
  },
};

const CONTENT_TYPES = [
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "text/plain",
  "application/json",
];
const FORM_PATHS = [
  "/web/models/pull-astr",
  "/web/models/import",
  "/web/models/import/confirm",
  "/web/gateway/check",
  "/web/codex/check",
];

const crossSiteWrites: Attack = {
  row: "Cross-site write",
  name: "every form of ours, with every content type a page can send, from five foreign origins",
  async run({ call, port }) {
    let count = 0;
    for (const path of [...FORM_PATHS, "/api/v1/executor/jobs"]) {
      for (const type of CONTENT_TYPES) {
        for (const origin of [
          EVIL,
          "null",
          `http://127.0.0.1:${port + 1}`,
          `http://localhost.evil.example:${port}`,
          "",
        ]) {
          const headers = { "content-type": type, origin, "sec-fetch-site": "cross-site" };
          const answer = await call(path, { method: "POST", headers, body: '{"task":"x"}' });
          await mustAnswer(answer, 403, "origin_not_allowed");
          count++;
        }
      }
    }
    return `403 for ${count} requests`;
  },
};

const crossSiteWithToken: Attack = {
  row: "Cross-site write",
  name: "JSON with a token that leaked into a foreign page",
  async run({ trusted }) {
    const headers = { "content-type": "application/json", origin: EVIL };
    await mustAnswer(
      await trusted("/api/v1/executor/jobs", { method: "POST", headers, body: "{}" }),
      403,
      "origin_not_allowed",
    );
    return "403 origin_not_allowed";
  },
};

const preflight: Attack = {
  row: "Cross-site read",
  name: "a preflight asks for leave",
  async run({ call }) {
    const answer = await call("/web/status", {
      method: "OPTIONS",
      headers: {
        origin: EVIL,
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
      },
    });
    must(answer.status === 405 && answer.headers.get("access-control-allow-origin") === null, `${answer.status}`);
    return "405, no Access-Control header";
  },
};

const crossSiteReads: Attack = {
  row: "Cross-site read",
  name: "JSON, pages, frames, pictures and event streams of ours from another site",
  async run({ call, trusted }) {
    const kinds = [
      { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", origin: EVIL },
      { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script" },
      { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" },
      { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
      { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty", accept: "text/event-stream" },
    ] as const;
    const paths = [...PAGE_PATHS, ...API_PATHS, "/api/v1/executor/jobs/x/events"];
    for (const kind of kinds) {
      for (const path of paths) {
        const headers: Record<string, string> = { ...kind, "sec-fetch-site": "cross-site" };
        for (const send of [call, trusted]) await mustAnswer(await send(path, { headers }), 403, "origin_not_allowed");
      }
    }
    const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    must((await call("/web/status", { headers: link })).status === 200, "a link to us must work");
    return `403 for ${kinds.length * paths.length * 2} requests; a followed link passes`;
  },
};

const headers: Attack = {
  row: "Cross-site read",
  name: "framing, sniffing, caching and referrers are switched off on every page and answer",
  async run({ call, trusted }) {
    for (const path of [...PAGE_PATHS, ...API_PATHS]) {
      const { headers } = await trusted(path);
      must(headers.get("x-frame-options") === "DENY", `${path} may be framed`);
      must(headers.get("content-security-policy")?.includes("frame-ancestors 'none'") === true, `${path}: CSP`);
      must(headers.get("content-security-policy")?.includes("default-src 'none'") === true, `${path}: CSP`);
      must(!/unsafe|\*/.test(headers.get("content-security-policy") ?? ""), `${path}: CSP is wide`);
      must(headers.get("x-content-type-options") === "nosniff", `${path} may be sniffed`);
      must(headers.get("cache-control") === "no-store", `${path} may be kept`);
      must(headers.get("cross-origin-resource-policy") === "same-origin", `${path} may be embedded`);
      must(headers.get("referrer-policy") === "same-origin", `${path} tells its address`);
    }
    must((await call("/api/v1/status")).headers.get("cache-control") === "no-store", "a refusal may be kept");
    return "on every path";
  },
};

export const doorAttacks = [
  ...rebinding,
  absoluteForm,
  crossSiteWrites,
  crossSiteWithToken,
  preflight,
  crossSiteReads,
  headers,
];
