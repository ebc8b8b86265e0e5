import { expect, test } from "bun:test";
import { frameFor } from "@test/support/frame.ts";
import { halfHours, statusPageView, statusView } from "@test/support/status-view.ts";
import { type Locale, locales, translate } from "@/locales/translate.ts";
import type { StoredProviderView } from "@/models/view.ts";
import { buildDocument } from "@/openapi/document.ts";
import type { StatusPageView } from "@/status/service.ts";
import type { ApiDocument } from "@/views/docs/schema-text.ts";
import { DocsPage } from "@/views/docs-page.tsx";
import { ModelsPage, type ModelsPageView } from "@/views/models-page.tsx";
import { readModelsNotice } from "@/views/notices.tsx";
import { cards } from "@/views/status/cards.tsx";
import { StatusPage } from "@/views/status-page.tsx";

const MARKUP = `<img src=x onerror="alert('&')">`;
const ESCAPED = "&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;";

const model = {
  provider_id: "openai/gpt-4o",
  model: "gpt-4o",
  provider_type: "chat_completion",
  base_url: "https://api.example/v1",
  capability: "chat",
  vendor: "openai",
  enabled: true,
  is_default: false,
  source: "plugin_push",
  imported_at: "2026-03-01T07:00:00Z",
} as const;
const sync = { imported_at: "2026-03-01T07:00:00Z", source: "plugin_push", provider_count: 1, trace_id: "t-1" };

const modelsView = (models: StoredProviderView[] = [], changes: Partial<ModelsPageView> = {}): ModelsPageView => ({
  page: { models, text: "", capability: "", matching: models.length, total: models.length, page: 1, pages: 1 },
  last_sync: null,
  source: statusView().model_source,
  history: [],
  ...changes,
});

/** Every string of `value`, however deep, becomes markup, save where only a few words are allowed. */
const poisoned = <T,>(value: T, spared: readonly string[] = []): T =>
  JSON.parse(JSON.stringify(value), (key, leaf) => (typeof leaf === "string" && !spared.includes(key) ? MARKUP : leaf));

const statusHtml = (view: StatusPageView, locale: Locale = "en", seesJobs = true): string =>
  String(<StatusPage view={view} frame={frameFor(locale, { viewer: seesJobs ? "member" : "guest" })} />);

const expectText = (html: string) => {
  expect(html).toContain(ESCAPED);
  expect(html).not.toContain("<img src=x");
};

test("shows markup in a stored model as text", () => {
  for (const field of Object.keys(model)) {
    if (typeof model[field as keyof typeof model] === "boolean") continue;
    const view = modelsView([{ ...model, [field]: MARKUP }]);
    const html = String(<ModelsPage view={view} frame={frameFor("zh-CN")} />);
    if (["source", "imported_at"].includes(field)) expect(html).not.toContain("<img src=x");
    else expectText(html);
  }
});

test("shows markup in the last sync and in a notice as text", () => {
  const view = modelsView([], { last_sync: { ...sync, source: MARKUP } });
  expectText(String(<ModelsPage view={view} frame={frameFor("en")} />));
  const notice = readModelsNotice({ pull: "fail", reason: MARKUP }, translate("en"));
  expectText(String(<ModelsPage view={modelsView()} frame={frameFor("en")} notice={notice} />));
});

test("shows markup in any field of the status as text", () => {
  const view = statusPageView({
    breaker: { state: "open", consecutive_failures: 2, opened_at: "x", retry_after_seconds: 9, last_error: "x" },
    audit: { ok: false, failed_writes: 1, last_error: "x" },
    worker: { queue_size: 1, running: true, concurrency: 1, current_job_id: "x" },
    running_job: { job_id: "x", started_at: "x", last_line: "x" },
  });
  expectText(statusHtml(poisoned(view, ["state", "gate", "detail", "error_type", "time", "version_source"])));
});

test("says in one sentence that all is well, in either language", () => {
  expect(statusHtml(statusPageView(), "zh-CN")).toContain('<h1 aria-live="polite">一切正常</h1>');
  expect(statusHtml(statusPageView())).toContain('<h1 aria-live="polite">All systems operational</h1>');
});

test("a part is one closed line while it is well, and open while it is not", () => {
  const html = statusHtml(statusPageView(), "zh-CN");
  expect(html.match(/<details id="[\w-]+" class="part \w+" data-tone="\w+">/g)).toHaveLength(cards.length);
  expect(html).not.toMatch(/HTTP|error_type|v1\.1|openclaw-astr|>OK|FAIL/);
  const down = statusPageView({ audit: { ok: false, failed_writes: 1, last_error: "x" } });
  expect(statusHtml(down)).toContain('<details id="audit" class="part warning" data-tone="warning" open="">');
});

test("until all has worked once the page is a checklist, which says what is wrong with the step at hand", () => {
  const { sidecar_probe: probe } = statusPageView();
  const fresh = statusPageView({
    first_run: { gateway: false, model: false, codex: true, astrbot: false },
    sidecar_probe: { ...probe, ok: false, error_type: "auth_failed", detail: "unauthorized" },
    audit: { ok: false, failed_writes: 1, last_error: "x" },
  });
  const html = statusHtml(fresh, "zh-CN");
  expect(html).toContain('<h1 aria-live="polite">首次设置：还差 3 步</h1>');
  expect(html).toContain('<details id="step-gateway" class="part off" data-tone="off" open="">');
  expect(html).toContain('<details id="step-codex" class="part ok" data-tone="ok">');
  expect(html.match(/网关拒绝了我们的 token/g)).toHaveLength(1);
  expect(html).toContain("审计日志写入失败");
  expect(html).toContain("MY_MODEL_KEY");
});

const { service } = statusPageView();
const withoutToken = { service: { ...service, auth_configured: false } };

test("says what is wrong, why, and which command helps", () => {
  const html = statusHtml(statusPageView(withoutToken));

  expect(html).toContain("API token not configured</h1>");
  expect(html).toContain("<code>BACKEND_API_TOKEN</code> is empty");
  expect(html).toContain('<pre class="command">openssl rand -hex 32</pre>');
});

test("puts the worst first when several things are wrong", () => {
  const html = statusHtml(statusPageView({ ...withoutToken, last_model_sync: null }), "zh-CN");

  expect(html).toContain("API token 未配置</h1>");
  expect(html).toContain("另有 1 项需要留意");
  expect(html).toContain("尚未同步模型");
});

test("a notice does not spoil the verdict", () => {
  const html = statusHtml(statusPageView({ last_model_sync: null }), "zh-CN");

  expect(html).toContain('<h1 aria-live="polite">一切正常</h1>');
  expect(html).toContain("尚未同步模型");
});

test("shows a job's output to those only who may see it", () => {
  const running_job = { job_id: "0123456789abcdef", started_at: "2026-03-01T07:57:55Z", last_line: "bun test" };
  const view = statusPageView({ running_job });

  expect(statusHtml(view, "en", true)).toContain("bun test");
  const open = statusHtml(view, "en", false);
  expect(open).not.toContain("bun test");
  expect(open).toContain("Log in to see the output");
  expect(open).toContain('<span data-since="2026-03-01T07:57:55Z"');
});

test("sums up the day's checks in words, and claims nothing about hours without data", () => {
  const day = (index: number) => {
    if (index < 20) return { ok: 0, failed: 0, errorType: "" } as const;
    return index === 40
      ? ({ ok: 3, failed: 1, errorType: "auth_failed" } as const)
      : ({ ok: 4, failed: 0, errorType: "" } as const);
  };
  const { history } = statusPageView();
  const html = statusHtml(statusPageView({ history: { ...history, checks: halfHours(day) } }));
  expect(html).toContain('aria-label="111 checks passed, 1 failed. No data for 10 h."');
  expect(html).toContain("1 of 4 failed access refused");
  const unseen = halfHours(() => ({ ok: 0, failed: 0, errorType: "" }));
  expect(statusHtml(statusPageView({ history: { ...history, checks: unseen } }))).toContain(
    'aria-label="No checks in the last 24 hours."',
  );
});

test("draws the hour's memory with a gap where it could not be read", () => {
  const { history } = statusPageView();
  const curve = (memory_mib: (number | null)[]) =>
    /class="curve" d="([^"]*)"/.exec(statusHtml(statusPageView({ history: { ...history, memory_mib } })))?.[1] ?? "";
  expect(curve([]).match(/M/g)).toHaveLength(1);
  expect(curve([900, 1000, null, null, 1000]).match(/M/g)).toHaveLength(2);
  expect(curve(Array.from({ length: 60 }, () => 1000)).match(/L/g)).toHaveLength(60);
  expect(curve([999_999])).toStartWith("M259.6 0L");
});

test("stays under thirty thousand bytes in its worst hour", () => {
  const long = "x".repeat(300);
  const view = statusPageView({
    ...withoutToken,
    breaker: { state: "open", consecutive_failures: 2, opened_at: "x", retry_after_seconds: 9, last_error: long },
    sidecar_probe: { ...statusPageView().sidecar_probe, ok: false, detail: "refused", message: long },
    audit: { ok: false, failed_writes: 1, last_error: long },
    last_model_sync: null,
    history: {
      memory_mib: Array.from({ length: 60 }, (_, minute) => (minute % 2 ? 1000 : 333)),
      checks: halfHours(() => ({ ok: 1, failed: 3, errorType: "responses_endpoint_not_enabled_or_not_found" })),
    },
  });
  for (const locale of locales) expect(Buffer.byteLength(statusHtml(view, locale))).toBeLessThan(30_000);
});

test("says in words how a pull went", () => {
  const html = (query: Record<string, string>) => {
    const frame = frameFor("zh-CN");
    return String(<ModelsPage view={modelsView()} frame={frame} notice={readModelsNotice(query, frame.t)} />);
  };
  expect(html({ pull: "ok", source_used: "cmd_config", provider_count: "3" })).toContain(
    "一键拉取成功：AstrBot 配置文件，共 3 个模型。",
  );
  expect(html({ pull: "fail", error_code: "ecode" })).toContain("一键拉取失败：未知");
});

test("tells an empty models page what to do", () => {
  const html = String(<ModelsPage view={modelsView()} frame={frameFor("zh-CN")} />);

  expect(html).toContain("还没有模型数据");
  expect(html).not.toContain("<table");
});

const document: ApiDocument = JSON.parse(JSON.stringify(buildDocument([])));

test("needs nothing that the Content-Security-Policy forbids", () => {
  for (const locale of locales) {
    const pages = [
      <StatusPage view={statusPageView()} frame={frameFor(locale, { viewer: "member" })} />,
      <ModelsPage view={modelsView([model], { last_sync: sync })} frame={frameFor(locale)} />,
      <DocsPage document={document} origin="http://127.0.0.1:18889" frame={frameFor(locale)} />,
    ].map(String);
    for (const html of pages) {
      expect(html).toStartWith(`<!doctype html><html lang="${locale}"`);
      expect(html).not.toMatch(
        /<script(?! defer="" src="\/assets\/page\.[0-9a-f]+\.js"><\/script>)|<style|\sstyle=|\son\w+=/,
      );
      expect(html.match(/(?:src|href)="(?!\/|#)[^"]*"/g)).toBeNull();
    }
  }
});
