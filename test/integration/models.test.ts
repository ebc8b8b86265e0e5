import { describe, expect, test } from "bun:test";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestApp, readJson } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { parseResponse } from "hono/client";
import { StoredProviderView } from "@/models/view.ts";

const config = (root: string) => join(root, "cmd_config.json");
const seed = { providers: [{ id: "seed", model: "m" }], source: "seed" };

describe("a pushed list", () => {
  test("is answered with each model's fields in their documented order", async () => {
    const { api } = createTestApp();
    await api("/models/import-astr", seed);
    const { models } = (await (await api("/models")).json()) as { models: object[] };
    expect(Object.keys(models[0] ?? {})).toEqual(Object.keys(StoredProviderView.shape));
  });

  test("is stored, sorted, and answered by the contract", async () => {
    const { api, client, auditRecords } = createTestApp();
    const response = await api("/models/import-astr", {
      providers: [
        { id: "zeta", model: "m1", provider_type: "chat", base_url: "https://u:p@z.example/v1?key=1", api_key: "sk" },
        { provider_id: "Alpha", model: 7 },
        { id: "no-model" },
      ],
      source: "  seed ",
    });
    const imported = {
      imported_at: expect.stringMatching(/Z$/),
      source: "seed",
      provider_count: 2,
      trace_id: expect.any(String),
    };
    expect(await readJson(response)).toMatchObject({
      ok: true,
      imported,
      skipped_count: 1,
      skipped: [{ index: 2, provider_id: "no-model" }],
    });
    expect(await parseResponse(client.models.$get({ query: {} }))).toMatchObject({
      ok: true,
      models: [
        { provider_id: "Alpha", model: "7", provider_type: "", base_url: "", source: "seed" },
        { provider_id: "zeta", model: "m1", provider_type: "chat", base_url: "https://z.example/v1", source: "seed" },
      ],
      last_sync: imported,
    });
    expect(auditRecords().at(-1)).toMatchObject({
      action_category: "model_sync",
      action_type: "import_astr_models",
      decision_reason: "model_import",
      params_summary: { source: "seed", provider_count: 2 },
    });
  });

  test.each([{ providers: [] }, { providers: [{ id: "x" }, { model: "y" }] }, {}])(
    "without a usable row is refused and keeps what is stored: %j",
    async (body) => {
      const { api, client } = createTestApp();
      await api("/models/import-astr", seed);
      const response = await api("/models/import-astr", body);
      expect(response.status).toBe(400);
      expect(await readJson(response)).toMatchObject({
        error_code: "astr_provider_empty",
        skipped_count: "providers" in body ? body.providers.length : 0,
      });
      expect((await parseResponse(client.models.$get({ query: {} }))).models).toHaveLength(1);
    },
  );
});

describe("a pull", () => {
  test("takes AstrBot's configuration first", async () => {
    const { api, root, auditRecords } = createTestApp();
    copyFileSync(fixture("astrbot/cmd_config_v4_sources.json"), config(root));
    const response = await api("/models/pull-astr", undefined, { method: "POST", body: "{not json" });
    expect(response.status).toBe(200);
    expect(await readJson(response)).toMatchObject({
      ok: true,
      pulled: {
        ok: true,
        source_mode: "cmd_config_then_export",
        source_used: "cmd_config",
        warnings: ["only_enabled_provider=true"],
      },
      imported: { source: "web_pull_cmd_config" },
      source_mode: "cmd_config_then_export",
      error_code: "",
      error: "",
    });
    expect(auditRecords().at(-1)).toMatchObject({ action_type: "pull_astr_models", decision_reason: "pull_success" });
  });

  test("reports what AstrBot cannot use, with the row, in the answer, the audit and on the page", async () => {
    const { api, root, request, auditRecords } = createTestApp();
    copyFileSync(fixture("astrbot/odd_urls.json"), config(root));
    const { pulled } = await readJson(await api("/models/pull-astr", {}));
    const warnings = [
      "only_enabled_provider=true",
      "base_url_no_scheme:noscheme/deepseek-chat",
      "base_url_fullwidth:fullwidth/m",
      "base_url_fragment:hash/glm-4.6",
    ];
    expect(pulled).toMatchObject({ warnings, agent_runner: null, fallback_provider_ids: ["hash/glm-4.6"] });
    expect(auditRecords().at(-1)).toMatchObject({ params_summary: { warnings } });
    const page = await (await request("/web/models")).text();
    for (const text of [
      "noscheme/deepseek-chat：地址缺少 http:// 或 https://",
      "fullwidth/m：地址中有全角字符",
      "hash/glm-4.6：地址中有 #",
      "备用模型",
      "deployments/gpt4turbo20240409x",
    ]) {
      expect(page).toContain(text);
    }
    expect(await (await request("/web/models?lang=en")).text()).toContain(
      "noscheme/deepseek-chat: the address lacks http:// or https://",
    );
    const pushed = await readJson(
      await api("/models/import-astr", { providers: [{ id: "p", model: "m", base_url: "h" }] }),
    );
    expect(pushed.warnings).toEqual(["base_url_no_scheme:p"]);
  });

  test("names the outside agent that answers the chat on every surface", async () => {
    const { api, root, request } = createTestApp();
    copyFileSync(fixture("astrbot/runner_v423_deerflow_gone.json"), config(root));
    const { pulled } = await readJson(await api("/models/pull-astr", {}));
    expect(pulled).toMatchObject({ agent_runner: { type: "deerflow", provider_id: "deerflow" } });
    expect(pulled.warnings).toContain("agent_runner:deerflow");
    const { state } = await readJson(await api("/status"));
    expect(state.model_source).toMatchObject({
      agent_runner: { type: "deerflow" },
      fallback_providers: [],
    });
    expect(
      await (await api("/status?format=text", undefined, { headers: { "accept-language": "zh-CN" } })).text(),
    ).toContain("聊天由 DeerFlow 应答");
    for (const path of ["/web/models", "/web/status"]) expect(await (await request(path)).text()).toContain("DeerFlow");
    expect(await (await request("/web/models?lang=en")).text()).toContain("the chat gets no answer");
  });

  test("falls back to the export and says so", async () => {
    const { api, root } = createTestApp();
    copyFileSync(fixture("astrbot/plugin_export.json"), join(root, "export.json"));
    const { pulled, imported } = await readJson(await api("/models/pull-astr", {}));
    expect(pulled).toMatchObject({
      source_used: "plugin_export",
      provider_count: 3,
      warnings: ["cmd_config_failed:astr_config_not_found"],
    });
    expect(imported).toMatchObject({ source: "web_pull_plugin_export", provider_count: 3 });
  });

  const failures: [mode: string, write: string | undefined, code: string][] = [
    ["cmd_config_then_export", undefined, "pull_all_sources_failed"],
    ["cmd_config_only", undefined, "astr_config_not_found"],
    ["cmd_config_only", "{", "astr_config_parse_failed"],
    ["cmd_config_only", '{"provider": 5}', "astr_config_parse_failed"],
    ["cmd_config_only", '{"provider": []}', "astr_provider_empty"],
    ["plugin_export_only", undefined, "plugin_export_not_found"],
    ["plugin_export_only", "nope", "plugin_export_parse_failed"],
  ];
  test.each(failures)(
    "in mode %s with %p fails as %s, on both doors, and keeps what is stored",
    async (mode, text, code) => {
      const { api, client, root, browserPost, auditRecords } = createTestApp({ env: { ASTR_PULL_SOURCE_MODE: mode } });
      await api("/models/import-astr", seed);
      if (text !== undefined)
        writeFileSync(mode === "plugin_export_only" ? join(root, "export.json") : config(root), text);

      const response = await api("/models/pull-astr", {});
      expect(response.status).toBe(400);
      expect(await readJson(response)).toMatchObject({
        ok: false,
        imported: null,
        error_code: code,
        pulled: { ok: false },
      });

      const page = await browserPost("/web/models/pull-astr");
      expect(page.status).toBe(303);
      expect(page.headers.get("location")).toStartWith(
        `/web/models?source_mode=${mode}&pull=fail&error_code=${code}&reason=`,
      );
      expect(auditRecords().at(-1)).toMatchObject({ decision_reason: "web_pull_failed", denied: true });
      expect((await parseResponse(client.models.$get({ query: {} }))).models).toMatchObject([{ provider_id: "seed" }]);
    },
  );

  test("from the page comes back with a notice", async () => {
    const { root, request, browserPost } = createTestApp();
    copyFileSync(fixture("astrbot/cmd_config_v3.json"), config(root));
    const answer = await browserPost("/web/models/pull-astr");
    const location = answer.headers.get("location") ?? "";
    expect(location).toMatch(
      /^\/web\/models\?source_mode=cmd_config_then_export&pull=ok&source_used=cmd_config&provider_count=\d+&reason=/,
    );
    const page = await (await request(location)).text();
    expect(page).toContain("一键拉取成功：AstrBot 配置文件");
    expect(page).toContain("硅基流动");
  });
});

test("no secret of any AstrBot file lands in database, logs, audit, answers or pages", async () => {
  const seen: string[] = [];
  for (const name of readdirSync(fixture("astrbot"))) {
    const { api, root, request, browserPost, container } = createTestApp();
    for (const path of [config(root), join(root, "export.json")]) copyFileSync(fixture(`astrbot/${name}`), path);
    const text = readFileSync(fixture(`astrbot/${name}`), "utf8").replace(/^\uFEFF/, "");
    const answers = [
      await api("/models/pull-astr", {}),
      await api("/models/import-astr", text),
      await browserPost("/web/models/pull-astr"),
      await api("/models"),
      await request("/web/models"),
      await request("/web/status"),
    ];
    for (const answer of answers) seen.push((await answer.text()) + (answer.headers.get("location") ?? ""));
    await container.stop();
    for (const folder of ["data", "logs/backend"]) {
      for (const file of readdirSync(join(root, folder))) seen.push(readFileSync(join(root, folder, file), "latin1"));
    }
  }
  expect(seen.length).toBeGreaterThan(50);
  expect(seen.filter((text) => text.includes("FAKE-SECRET"))).toEqual([]);
});

test("the pages let a browser name its Origin when it sends our forms", async () => {
  // Under "no-referrer" Chromium sends `Origin: null`, and no button of these pages would work.
  expect((await createTestApp().request("/web/models")).headers.get("referrer-policy")).toBe("same-origin");
});

test("a pull by AstrBot's API names it on the page", async () => {
  const data = {
    providers: [{ id: "a", enable: true, type: "openai_chat_completion", model: "m" }],
    provider_sources: [],
  };
  const { browserPost, request } = createTestApp({
    env: { ASTR_PULL_SOURCE_MODE: "api_only", NOTIFY_ASTRBOT_KEY: "abk_0123456789" },
    fetch: Object.assign(async () => Response.json({ status: "ok", data }), { preconnect: () => {} }),
  });

  const answer = await browserPost("/web/models/pull-astr");
  const page = await (await request(answer.headers.get("location") ?? "")).text();

  expect(page).toMatch(/notice-bar ok[\s\S]{1,600}AstrBot API/);
});
