import { describe, expect, test } from "bun:test";
import { createTestApp, readJson } from "@test/support/app.ts";
import { createApp } from "@/app.ts";

/**
 * What anybody on this machine may read: pages without a secret, the stylesheet, the API's description, health.
 * A route that is not listed here must ask for a token; to list it is a decision, not an oversight.
 */
const OPEN = [
  /^\/$/,
  /^\/web\/(?:status|models)$/,
  /^\/docs$/,
  /^\/redoc$/,
  /^\/docs\/oauth2-redirect$/,
  /^\/openapi\.json$/,
  /^\/assets\//,
  /^\/(?:healthz|readyz)$/,
];
/** Writes without a token: forms of our own pages, held by the Origin guard. */
const FORMS = ["/web/models/pull-astr", "/web/models/import", "/web/models/import/confirm", "/web/gateway/check"];

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

const { routes } = createApp(createTestApp().deps.app);
/** Middleware is registered for every method and names no path of its own. */
const table = routes.filter(({ method }) => method !== "ALL");
const paths = [...new Set(table.map(({ path }) => path.replace(/:\w+/g, "x")))];

test("the app's own table is what is walked", () => {
  expect(table.length).toBeGreaterThan(20);
  expect(paths).toContain("/api/v1/executor/jobs/x/cancel");
});

describe.each(paths)("%s", (path) => {
  test("answers under no foreign name, whatever the method", async () => {
    const { request, api } = createTestApp();
    for (const method of METHODS) {
      const answer = await request(path, { method, headers: { host: "evil.example" } });
      expect([method, answer.status]).toEqual([method, 403]);
      if (path.startsWith("/api/v1")) {
        const trusted = await api(path.slice("/api/v1".length), undefined, {
          method,
          headers: { host: "evil.example" },
        });
        expect([method, trusted.status]).toEqual([method, 403]);
      }
    }
  });

  test("answers no page of another site, whatever the method", async () => {
    const { request } = createTestApp();
    for (const method of METHODS.filter((method) => method !== "OPTIONS")) {
      for (const headers of [
        { "sec-fetch-site": "cross-site" },
        { origin: "http://evil.example" },
        { origin: "null" },
      ]) {
        const answer = await request(path, { method, headers });
        expect([method, answer.status]).toEqual([method, 403]);
        if (method !== "HEAD") expect(await readJson(answer)).toMatchObject({ error_code: "origin_not_allowed" });
      }
    }
  });

  test("is open to everybody only where that was decided", async () => {
    const { request } = createTestApp();
    const isOpen = OPEN.some((pattern) => pattern.test(path));
    for (const method of METHODS) {
      const { status } = await request(path, { method });
      if (path.startsWith("/api/")) expect([method, status]).toEqual([method, 401]);
      else if (FORMS.includes(path)) expect([method, status]).toEqual([method, method === "POST" ? 403 : 405]);
      else if (isOpen)
        expect([method, [200, 503].includes(status)]).toEqual([method, ["GET", "HEAD"].includes(method)]);
      else expect([path, "is not listed"]).toEqual([path, "in OPEN or FORMS"]);
    }
  });
});
