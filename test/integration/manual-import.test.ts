import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createTestApp } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import { parseResponse } from "hono/client";
import { createMemoryGate } from "@/gates/memory.ts";

const seed = { providers: [{ id: "seed", model: "m" }], source: "seed" };

const createApp = (overrides: Parameters<typeof createTestApp>[0] = {}) => {
  const app = createTestApp(overrides);
  const post = (path: string, fields: Record<string, string | Blob>, headers: Record<string, string> = {}) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return app.browserPost(path, { body, headers });
  };
  return {
    ...app,
    upload: (content: string | Buffer<ArrayBuffer>) =>
      post("/web/models/import", { file: new File([content], "cmd_config.json"), text: "" }),
    paste: (json: unknown) =>
      post("/web/models/import", { text: typeof json === "string" ? json : JSON.stringify(json) }),
    confirm: (payload: string) => post("/web/models/import/confirm", { payload }),
    post,
    models: async () => (await parseResponse(app.client.models.$get({ query: {} }))).models,
  };
};

/** What a browser finds in the form of a preview and sends back. */
const payloadOf = async (preview: Response): Promise<string> => {
  const value = /name="payload" value="([^"]*)"/.exec(await preview.text())?.[1] ?? "";
  return value
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
};

describe("an import by hand", () => {
  test("shows what would change, and stores exactly that once confirmed", async () => {
    const { api, upload, confirm, models, auditRecords } = createApp();
    await api("/models/import-astr", seed);

    const preview = await upload(readFileSync(fixture("astrbot/cmd_config_v4_sources.json")));
    expect(preview.status).toBe(200);
    expect(await preview.clone().text()).toContain("新增 19 · 移除 1 · 变更 0");
    expect(await models()).toHaveLength(1);

    const answer = await confirm(await payloadOf(preview));
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/web/models?import=ok&provider_count=19");
    expect(await models()).toContainEqual(
      expect.objectContaining({ provider_id: "付费gemini", vendor: "google", source: "web_import_file" }),
    );
    expect(auditRecords().at(-1)).toMatchObject({
      action_type: "import_astr_models_web",
      decision_reason: "web_model_import",
      params_summary: { source: "web_import_file", provider_count: 19 },
    });
  });

  test.each([
    ["the plugin's export", readFileSync(fixture("astrbot/plugin_export.json"), "utf8"), 3],
    ["a pushed body", readFileSync(fixture("astrbot/plugin_push_body.json"), "utf8"), 2],
    ["a v3 configuration", readFileSync(fixture("astrbot/cmd_config_v3.json"), "utf8"), 6],
    ["markup and quotes", { providers: [{ id: `<b>"'&amp;`, model: "m" }] }, 1],
  ])("takes %s as pasted text", async (_name, json, count) => {
    const { paste, confirm, models } = createApp();

    expect((await confirm(await payloadOf(await paste(json)))).status).toBe(303);
    expect(await models()).toHaveLength(count);
  });

  test("keeps ids with bidirectional controls unchanged through the preview", async () => {
    const { paste, confirm, models } = createApp();
    const id = "\u202egnp.exe\u2066";
    const answer = await confirm(await payloadOf(await paste({ provider: [{ id, model: "m", enable: true }] })));
    expect(answer.headers.get("location")).toBe("/web/models?import=ok&provider_count=1");
    expect(await models()).toEqual([expect.objectContaining({ provider_id: id })]);
  });

  test("is compared again with models that were stored in between", async () => {
    const { api, client, paste, confirm, models } = createApp();
    const payload = await payloadOf(await paste({ providers: [{ id: "a", model: "m" }] }));
    await api("/models/import-astr", seed);

    expect((await confirm(payload)).status).toBe(303);
    expect(await models()).toMatchObject([{ provider_id: "a" }]);
    const { events } = await parseResponse(client.models.history.$get({ query: { limit: "1" } }));
    expect(events).toMatchObject([
      { changes: { added: [{ provider_id: "a" }], removed: [{ provider_id: "seed" }] }, skipped_count: 0 },
    ]);
  });

  test("keeps the rows that it skipped in the history", async () => {
    const { client, paste, confirm } = createApp();
    const provider = [{ id: "a", model: "m" }, { id: "b" }, { id: "c", model: "m", enable: false }];
    await confirm(await payloadOf(await paste({ provider, provider_settings: { default_provider_id: "a" } })));

    const { events } = await parseResponse(client.models.history.$get({ query: { limit: "1" } }));
    expect(events).toMatchObject([
      {
        source: "web_import_text",
        warnings: ["only_enabled_provider=true"],
        default_provider_id: "a",
        skipped_count: 2,
        skipped: [
          { index: 1, provider_id: "b", reason: "missing", field: "model" },
          { index: 2, provider_id: "c", reason: "disabled", field: "" },
        ],
      },
    ]);
  });

  test("refuses a form that no preview contains", async () => {
    const { paste, confirm, models } = createApp();
    const payload = await payloadOf(await paste({ providers: [{ id: "a", model: "m" }] }));

    const altered = [
      payload.replace('"a"', '""'),
      payload.replace('"a"', '"a\\u0000"'),
      payload.replace('"a"', `"${"a".repeat(513)}"`),
      payload.replace('"m"', '""'),
      payload.replace('"chat"', '"other"'),
      payload.replace('"text"', '"api"'),
      payload.replace('"warnings":[]', '"warnings":["other"]'),
      payload.slice(1),
      "{}",
      "",
    ];
    for (const content of altered) {
      expect(content).not.toBe(payload);
      const answer = await confirm(content);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain("预览内容无效");
    }
    expect(await models()).toEqual([]);
  });

  test("reads an altered form like a document, without its secrets", async () => {
    const { paste, confirm, models } = createApp();
    const payload = await payloadOf(
      await paste({ providers: [{ id: "a", model: "m", base_url: "https://h.example/v1" }] }),
    );
    await confirm(payload.replace("https://h.example/v1", "https://user:FAKE-SECRET@h.example/sk-FAKE-SECRET-1?k=1"));

    expect(await models()).toMatchObject([{ provider_id: "a", base_url: "https://h.example/***" }]);
  });

  test.each([
    ["nothing", "", "没有选择文件"],
    ["half a document", '{"provider": [', "不是完整有效的 JSON"],
    ["a list", "[]", "结构不符合预期"],
    ["odd lists", { provider: 5 }, "结构不符合预期 (provider)"],
    ["no usable row", { providers: [{ id: "only-an-id" }] }, "only-an-id"],
  ])("refuses %s and says why", async (_name, json, text) => {
    const answer = await createApp().paste(json);

    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(text);
  });

  test("reads no more than 8 MiB", async () => {
    const { upload, post } = createApp();

    expect(await (await upload(" ".repeat(8 * 1024 * 1024 + 1))).text()).toContain("超过 8 MiB");
    const larger = await post("/web/models/import", { text: "x".repeat(9 * 1024 * 1024) });
    expect(larger.status).toBe(413);
    expect(await larger.text()).toContain("未导入");
  });

  test("is refused to other sites and while memory is short", async () => {
    for (const path of ["/web/models/import", "/web/models/import/confirm"]) {
      expect((await createApp().post(path, { text: "{}" }, { origin: "http://evil.example" })).status).toBe(403);
      const short = await createApp({ memoryGate: createMemoryGate(() => 300 * 1024) }).post(path, { text: "{}" });
      expect(short.status).toBe(503);
      expect(await short.text()).toContain("300 MiB");
    }
  });
});

test("an import by hand lets no secret through", async () => {
  for (const name of [
    "cmd_config_v3",
    "cmd_config_v4_sources",
    "cmd_config_v428_agent_runner",
    "cmd_config_wrong_shapes",
  ]) {
    const { upload, confirm, request } = createApp();
    const preview = await upload(readFileSync(fixture(`astrbot/${name}.json`)));
    const text = await preview.clone().text();
    if (preview.status === 200) await confirm(await payloadOf(preview));
    expect(text + (await (await request("/web/models")).text())).not.toContain("FAKE-SECRET");
  }
});
