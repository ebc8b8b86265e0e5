import { expect, test } from "bun:test";
import { statusView } from "@test/support/status-view.ts";
import { locales } from "@/i18n/locale.ts";
import type { StoredProviderView } from "@/models/view.ts";
import type { StatusView } from "@/status/view.ts";
import { DocsPage } from "@/views/docs-page.tsx";
import { ModelsPage, type ModelsPageView } from "@/views/models-page.tsx";
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
  page: { models, text: "", matching: models.length, total: models.length, page: 1, pages: 1 },
  last_sync: null,
  source: statusView().model_source,
  history: [],
  ...changes,
});

/** Every string of `value`, however deep, becomes markup, save where only a few words are allowed. */
const poisoned = <T,>(value: T, spared: readonly string[] = []): T =>
  JSON.parse(JSON.stringify(value), (key, leaf) => (typeof leaf === "string" && !spared.includes(key) ? MARKUP : leaf));

const expectText = (html: string) => {
  expect(html).toContain(ESCAPED);
  expect(html).not.toContain("<img src=x");
};

test("shows markup in a stored model as text", () => {
  for (const field of Object.keys(model)) {
    if (typeof model[field as keyof typeof model] === "boolean") continue;
    const view = modelsView([{ ...model, [field]: MARKUP }]);
    expectText(String(<ModelsPage view={view} locale="zh-CN" notice={null} />));
  }
});

test("shows markup in the last sync and in a notice as text", () => {
  const view = modelsView([], { last_sync: { ...sync, source: MARKUP } });
  expectText(String(<ModelsPage view={view} locale="en" notice={null} />));
  const notice = { kind: "fail", code: "unknown", reason: MARKUP } as const;
  expectText(String(<ModelsPage view={modelsView()} locale="en" notice={notice} />));
});

test("shows markup in any field of the status as text", () => {
  const view: StatusView = statusView({
    breaker: { state: "open", consecutive_failures: 2, opened_at: "x", retry_after_seconds: 9, last_error: "x" },
    audit: { ok: false, failed_writes: 1, last_error: "x" },
    worker: { queue_size: 1, running: true, concurrency: 1, current_job_id: "x" },
  });
  const html = String(<StatusPage view={poisoned(view, ["state", "gate", "detail"])} locale="en" />);
  expectText(html);
});

test("says in one sentence that all is well, in either language", () => {
  expect(String(<StatusPage view={statusView()} locale="zh-CN" />)).toContain("<h1>一切正常</h1>");
  expect(String(<StatusPage view={statusView()} locale="en" />)).toContain("<h1>All is well</h1>");
});

test("says what is wrong, why, and which command helps", () => {
  const { service } = statusView();
  const html = String(
    <StatusPage view={statusView({ service: { ...service, auth_configured: false } })} locale="en" />,
  );

  expect(html).toContain("<h1>The API token is not configured</h1>");
  expect(html).toContain("<code>BACKEND_API_TOKEN</code> is empty");
  expect(html).toContain("<pre>openssl rand -hex 32</pre>");
});

test("counts when several things are wrong", () => {
  const { service } = statusView();
  const view = statusView({ service: { ...service, auth_configured: false }, last_model_sync: null });

  expect(String(<StatusPage view={view} locale="zh-CN" />)).toContain("<h1>2 项需要留意</h1>");
});

test("words a pull's result as the predecessor did", () => {
  const view = modelsView();
  expect(
    String(<ModelsPage view={view} locale="zh-CN" notice={{ kind: "ok", source: "cmd_config", count: "3" }} />),
  ).toContain("一键拉取成功：source=cmd_config， provider_count=3。");
  expect(
    String(<ModelsPage view={view} locale="zh-CN" notice={{ kind: "fail", code: "ecode", reason: "unknown" }} />),
  ).toContain("一键拉取失败：error_code=ecode， reason=unknown。");
});

test("tells an empty models page what to do", () => {
  const html = String(<ModelsPage view={modelsView()} locale="zh-CN" notice={null} />);

  expect(html).toContain("还没有模型数据");
  expect(html).not.toContain("<table");
});

test("needs nothing that the Content-Security-Policy forbids", () => {
  for (const locale of locales) {
    const pages = [
      <StatusPage view={statusView()} locale={locale} />,
      <ModelsPage view={modelsView([model], { last_sync: sync })} locale={locale} notice={null} />,
      <DocsPage origin="http://127.0.0.1:18889" locale={locale} />,
    ].map(String);
    for (const html of pages) {
      expect(html).toStartWith(`<!doctype html><html lang="${locale}">`);
      expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
      expect(html.match(/(?:src|href)="(?!\/|#)[^"]*"/g)).toBeNull();
    }
  }
});
