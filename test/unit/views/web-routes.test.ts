import { expect, test } from "bun:test";
import { statusPageView, statusView } from "@test/support/status-view.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { Hono } from "hono";
import { createMemoryGate } from "@/gates/memory.ts";
import type { AppEnv } from "@/http/env.ts";
import { requestLocale, traceId } from "@/http/middleware.ts";
import { createSessions } from "@/http/session.ts";
import { createWebAuth } from "@/http/web-auth.ts";
import { AppError } from "@/lib/errors.ts";
import { createLiveHub } from "@/live/hub.ts";
import type { PulledView } from "@/models/view.ts";
import { createAssetRoutes } from "@/routes/assets.ts";
import { createDocsRoutes } from "@/routes/docs.ts";
import { createModelPages } from "@/routes/models-pages.ts";
import { createFrames, pageLocale } from "@/routes/page.ts";
import { createWebRoutes } from "@/routes/web.ts";
import { assets } from "@/views/assets.ts";

const pulled: PulledView = {
  ok: true,
  source_mode: "cmd_config_only",
  source_used: "cmd_config",
  provider_count: 2,
  using_provider: null,
  providers: [],
  warnings: [],
  agent_runner: null,
  fallback_provider_ids: [],
  failures: [],
  error_code: "",
  error: "",
};
const report = { skipped_count: 0, skipped: [] };
const imported = { imported_at: "2026-03-01T07:00:00Z", source: "x", provider_count: 2, trace_id: "t" };
const changes = { added_count: 0, removed_count: 0, changed_count: 0, added: [], removed: [], changed: [] };
const never = () => {
  throw new Error("not expected here");
};
const KIB_PER_MIB = 1024;

const createPages = ({ view = pulled, availableMib = 4096 } = {}) => {
  const refusals: string[] = [];
  const memoryGate = createMemoryGate(() => availableMib * KIB_PER_MIB);
  const recordRefusal = (_c: unknown, error: AppError) => void refusals.push(error.code);
  const pages = new Hono<AppEnv>().use(traceId(), requestLocale(), pageLocale());
  const clock = createTestClock();
  const webAuth = createWebAuth({ mode: "never", sessions: createSessions({ clock }) });
  const live = createLiveHub({ clock, beforeHeartbeat: () => {} });
  const common = { webAuth, frameOf: createFrames(clock), recordRefusal, live };
  pages.route(
    "/",
    createWebRoutes({
      ...common,
      status: { page: async () => statusPageView() },
      preflight: {
        check: async () => {},
        view: () => ({
          version: null,
          logged_in: null,
          sandbox_works: null,
          checked_at: null,
          faults: [],
          last_failure: null,
        }),
      },
      deepCheck: async () => undefined,
      gatewayProbe: { checkNow: async () => {} },
      channelTest: async () => [],
      memoryGate,
      jobs: { subscribe: () => () => {}, resume: async () => false },
      audit: { onRecord: () => () => {} },
    }),
  );
  pages.route(
    "/",
    createModelPages({
      ...common,
      models: {
        list: never,
        json: never,
        importPushed: never,
        page: () => ({ models: [], text: "", capability: "", matching: 0, total: 0, page: 1, pages: 1 }),
        lastSync: () => null,
        history: () => ({ events: [], next_before: null }),
        sourceState: async () => statusView().model_source,
        pull: async () =>
          view.ok
            ? { ok: true, view, imported, report, changed: true, changes }
            : { ok: false, view, imported: null, report, hint: "" },
        previewImport: never,
        confirmImport: never,
      },
      memoryGate,
      pullMode: "cmd_config_only",
    }),
  );
  pages.route("/", createDocsRoutes({ ...common, apiToken: "", routes: () => [], send: () => new Response() }));
  pages.route("/assets", createAssetRoutes());
  pages.onError((error, c) => c.text(error instanceof AppError ? error.code : "bug", 500));
  const pull = (origin = "http://localhost") =>
    pages.request("http://localhost/web/models/pull-astr", {
      method: "POST",
      headers: { host: "localhost", origin },
    });
  return { pages, pull, refusals };
};

test("a pull answers 303 with its result in the predecessor's order", async () => {
  const response = await createPages().pull();

  expect(response.status).toBe(303);
  expect(response.headers.get("location")).toBe(
    "/web/models?source_mode=cmd_config_only&pull=ok&source_used=cmd_config&provider_count=2&reason=",
  );
});

test("a failed pull answers 303 with its reason, form-encoded", async () => {
  const view: PulledView = { ...pulled, ok: false, error_code: "astr_config_not_found", error: "不存在: /a b" };

  const response = await createPages({ view }).pull();

  expect(response.headers.get("location")).toBe(
    "/web/models?source_mode=cmd_config_only&pull=fail&error_code=astr_config_not_found" +
      "&reason=%E4%B8%8D%E5%AD%98%E5%9C%A8%3A+%2Fa+b",
  );
});

test("a pull while memory is short becomes a notice and leaves a record", async () => {
  const { pull, refusals } = createPages({ availableMib: 511 });

  const response = await pull();

  expect(response.status).toBe(303);
  expect(response.headers.get("retry-after")).toBe("30");
  const query = new URL(response.headers.get("location") ?? "", "http://localhost").searchParams;
  expect(Object.fromEntries(query)).toMatchObject({ pull: "fail", error_code: "mem_heavy_reject" });
  expect(query.get("reason")).toContain("511 MiB");
  expect(refusals).toEqual(["mem_heavy_reject"]);
});

test("another site cannot make the browser pull", async () => {
  expect(await (await createPages().pull("http://evil.example")).text()).toBe("origin_not_allowed");
});

test("the last of repeated notice parameters wins", async () => {
  const response = await createPages().pages.request("/web/models?pull=ok&pull=fail&error_code=ecode");

  expect(await response.text()).toContain("一键拉取失败：未知");
});

test.each([
  ["/web/status", {}, "zh-CN"],
  ["/web/status", { "accept-language": "fr, en;q=0.8" }, "en"],
  ["/web/status", { "accept-language": "en", cookie: "lang=zh-CN" }, "zh-CN"],
  ["/web/status?lang=en", { cookie: "lang=zh-CN" }, "en"],
  ["/web/status?lang=xx", { cookie: "lang=en" }, "en"],
  ["/web/status", { cookie: "lang=<b>" }, "zh-CN"],
])("chooses the language of %s with %o: %s", async (path, headers, lang) => {
  const response = await createPages().pages.request(path, { headers });

  expect(await response.text()).toContain(`<html lang="${lang}"`);
  expect(response.headers.get("vary")).toBe("Accept-Language, Cookie");
});

test("a chosen language is remembered, an odd one is not", async () => {
  const { pages } = createPages();

  const cookie = (await pages.request("/docs?lang=en")).headers.get("set-cookie");
  expect(cookie).toBe("lang=en; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax");
  expect((await pages.request("/docs?lang=xx")).headers.get("set-cookie")).toBeNull();
});

test("every page and asset is there", async () => {
  const { pages } = createPages();
  for (const path of ["/", "/web/status", "/web/models", "/docs", "/redoc", "/docs/oauth2-redirect"]) {
    expect((await pages.request(path)).headers.get("content-type")).toBe("text/html; charset=utf-8");
  }
  for (const asset of assets) {
    const response = await pages.request(asset.path);
    expect(response.headers.get("content-type")).toBe(asset.contentType);
    expect(response.headers.get("cache-control")).toContain("immutable");
    expect(await response.text()).toBe(asset.text);
  }
});
