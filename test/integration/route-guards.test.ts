import { describe, expect, test } from "bun:test";
import { createTestApp, readJson } from "@test/support/app.ts";
import { createApp } from "@/app.ts";
import { stylesheet } from "@/views/assets.ts";

const { routes } = createApp(createTestApp().container);
/** Middleware is registered for every method and names no path of its own. */
const table = routes.filter(({ method }) => method !== "ALL");

/**
 * What anybody on this machine may read: pages without a secret, the stylesheet, the API's description, health.
 * A route that is not listed here must ask for a token; to list it is a decision, not an oversight.
 */
const OPEN = [
  /^\/$/,
  /^\/web\/(?:status|status\/live|models|login)$/,
  /^\/docs$/,
  /^\/redoc$/,
  /^\/docs\/oauth2-redirect$/,
  /^\/openapi\.json$/,
  /^\/assets\//,
  /^\/(?:healthz|readyz)$/,
];
/** What only somebody logged in may read. */
const MEMBERS = [/^\/web\/(?:jobs|audit)(?:\/|$)/, /^\/web\/(?:jobs-live|new-job)$/];
/** Forms of our own pages, held by the Origin guard and, but for the login itself, behind the login. */
const FORMS = table
  .filter(({ method, path }) => method === "POST" && path.startsWith("/web/"))
  .map(({ path }) => path.replace(/:\w+/g, "x"));

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

/** An address of the route; of the assets, one that there is. */
const addressOf = (path: string) => path.replace("/assets/:name", stylesheet.path).replace(/:\w+/g, "x");

const paths = [...new Set(table.map(({ path }) => addressOf(path)))];

test("every form but the login asks for one", async () => {
  const app = createTestApp();
  for (const path of FORMS.filter((path) => !["/web/login", "/web/logout"].includes(path))) {
    const answer = await app.request(path, { method: "POST", headers: { origin: "http://127.0.0.1:18889" } });
    expect([path, answer.status, answer.headers.get("location")]).toEqual([
      path,
      303,
      "/web/login?next=%2Fweb%2Fstatus",
    ]);
  }
});

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
    const isForMembers = MEMBERS.some((pattern) => pattern.test(path));
    const isPage = table.some((route) => route.method === "GET" && addressOf(route.path) === path);
    const isForm = FORMS.includes(path);
    const takesToken = path.startsWith("/api/") || path === "/metrics";
    expect([path, isOpen || isForMembers || isForm || takesToken]).toEqual([path, true]);
    for (const method of METHODS) {
      const { status } = await request(path, { method });
      if (takesToken) expect([method, status]).toEqual([method, 401]);
      else if (method === "POST" && isForm) expect([method, status]).toEqual([method, 403]);
      else if (isPage && ["GET", "HEAD"].includes(method))
        expect([method, isOpen ? [200, 503] : [303]]).toEqual([method, expect.arrayContaining([status])]);
      else expect([method, status]).toEqual([method, 405]);
    }
  });
});
