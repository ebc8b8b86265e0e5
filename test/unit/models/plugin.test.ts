import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fixture } from "@test/support/fixtures.ts";
import { readPluginExport, readPluginList } from "@/models/astrbot/config.ts";
import { toSkippedReport } from "@/models/astrbot/record.ts";

const load = (name: string) => JSON.parse(readFileSync(fixture(`astrbot/${name}`), "utf8"));

/** What the plugin's rows, without a type, are taken for. */
const CHAT = { capability: "chat", vendor: "", enabled: true, is_default: false } as const;

const only = (row: object) => {
  const { providers, skipped } = readPluginList([row], null);
  return providers[0] ?? skipped[0];
};

test("the plugin's export is read whole, with the provider in use", () => {
  expect(readPluginExport(load("plugin_export.json"))).toEqual({
    kind: "read",
    providers: [
      { ...CHAT, provider_id: "openai/gpt-4o", model: "gpt-4o", provider_type: "", base_url: "", is_default: true },
      { ...CHAT, provider_id: "deepseek/deepseek-chat", model: "deepseek-chat", provider_type: "", base_url: "" },
      { ...CHAT, provider_id: "付费gemini", model: "gemini-2.5-pro", provider_type: "", base_url: "" },
    ],
    skipped: [],
    warnings: [],
    agent_runner: null,
    fallback_provider_ids: [],
    using_provider: { provider_id: "openai/gpt-4o", model: "gpt-4o", provider_type: "", base_url: "" },
  });
});

test("a pushed body has all four fields, under either name of the id", () => {
  const { providers, using_provider } = load("plugin_push_body.json");

  expect(readPluginList(providers, using_provider).providers).toEqual([
    {
      ...CHAT,
      is_default: true,
      provider_id: "openai/gpt-4o",
      model: "gpt-4o",
      provider_type: "chat_completion",
      base_url: "https://api.openai.com/v1",
    },
    { ...CHAT, provider_id: "deepseek/deepseek-chat", model: "deepseek-chat", provider_type: "", base_url: "" },
  ]);
});

test.each([null, "a", 7, { id: "a" }, { model: "m" }, { id: "a", model: {} }])(
  "there is no provider in use when it is %j",
  (using_provider) => {
    const outcome = readPluginExport({ providers: [{ id: "a", model: "m" }], using_provider });

    expect(outcome).toMatchObject({ kind: "read", using_provider: null });
  },
);

test.each([5, null, { providers: 5 }, { providers: {} }, { providers: "text" }])("%j is of the wrong shape", (json) => {
  expect(readPluginExport(json).kind).toBe("wrong_shape");
});

describe("id goes before provider_id", () => {
  test.each([
    [{ id: "a", provider_id: "b" }, "a"],
    [{ id: "", provider_id: "b" }, "b"],
    [{ id: 0, provider_id: "b" }, "b"],
    [{ id: null, provider_id: "b" }, "b"],
    [{ id: false, provider_id: "b" }, "b"],
  ])("%j", (ids, expected) => expect(only({ ...ids, model: "m" })).toMatchObject({ provider_id: expected }));

  test("a blank id does not fall through", () => {
    expect(only({ id: " ", provider_id: "b", model: "m" })).toMatchObject({ reason: "missing", field: "id" });
  });
});

describe("values", () => {
  test("strings are trimmed and finite numbers become their JSON text", () => {
    expect(only({ id: " a ", model: 1.5, provider_type: 1e3, base_url: 10 })).toEqual({
      ...CHAT,
      provider_id: "a",
      model: "1.5",
      provider_type: "1000",
      base_url: "",
    });
  });

  test("unknown is a model like any other", () =>
    expect(only({ id: "a", model: "unknown" })).toMatchObject({ model: "unknown" }));

  test.each([
    [{ id: true, model: "m" }, "id", "not_text"],
    [{ id: ["a"], model: "m" }, "id", "not_text"],
    [{ id: Infinity, model: "m" }, "id", "not_text"],
    [{ id: "a\u0000", model: "m" }, "id", "bad_characters"],
    [{ id: "\ud800", model: "m" }, "id", "bad_characters"],
    [{ id: "a".repeat(513), model: "m" }, "id", "too_long"],
    [{ id: "a" }, "model", "missing"],
    [{ id: "a", model: null }, "model", "missing"],
    [{ id: "a", model: "" }, "model", "missing"],
    [{ id: "a", model: { name: "m" } }, "model", "not_text"],
    [{ id: "a", model: "m\nn" }, "model", "bad_characters"],
    [{ id: "a", model: "m", provider_type: [] }, "provider_type", "not_text"],
    [{ id: "a", model: "m", base_url: true }, "base_url", "not_text"],
    [{ id: "a", model: "m", base_url: "https://h.example/\r\nsk-abcdefgh12" }, "base_url", "bad_characters"],
    [{ id: "a", model: "m", base_url: `https://h.example/${"a/".repeat(1100)}` }, "base_url", "too_long"],
  ])("%j is unusable", (row, field, reason) => expect(only(row)).toMatchObject({ index: 0, field, reason }));

  test("512 characters are not too many", () => {
    expect(only({ id: "a".repeat(512), model: "m" })).toMatchObject({ model: "m" });
  });
});

test("a row may say more of itself than the plugin does", () => {
  const row = { id: "a", model: "m", type: "gemini_embedding", vendor: "google", enabled: false };

  expect(only(row)).toMatchObject({ capability: "embedding", vendor: "google", enabled: false });
  expect(only({ id: "a", model: "m", provider_type: "openai_chat_completion" })).toMatchObject({ vendor: "openai" });
  expect(only({ id: "a", model: "m", vendor: "sk-abcdefgh12" })).toMatchObject({ vendor: "" });
});

test("an unusable row is named by its id, unless the id is what is wrong", () => {
  const { skipped } = readPluginList([{ id: "a" }, { id: "b\u0007", model: "m" }], null);

  expect(skipped.map((row) => row.provider_id)).toEqual(["a", ""]);
});

test("all skipped rows are counted and the first hundred named", () => {
  const report = toSkippedReport(readPluginList(Array(250).fill({}), null).skipped);

  expect(report.skipped_count).toBe(250);
  expect(report.skipped).toHaveLength(100);
});
