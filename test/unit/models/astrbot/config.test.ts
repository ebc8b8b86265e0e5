import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fixture } from "@test/support/fixtures.ts";
import { readCmdConfig } from "@/models/astrbot/config.ts";

const load = (name: string): unknown =>
  JSON.parse(readFileSync(fixture(`astrbot/${name}`), "utf8").replace(/^\uFEFF/, ""));

const read = (json: unknown, requireEnabled = true) => {
  const outcome = readCmdConfig(json, { requireEnabled });
  if (outcome.kind !== "read") throw new Error(`wrong shape at ${outcome.at}`);
  return outcome;
};

/** Most rows are easier to compare as `[id, model, type, url]`. */
const rowsOf = (json: unknown, requireEnabled = true) =>
  read(json, requireEnabled).providers.map((p) => [p.provider_id, p.model, p.provider_type, p.base_url]);

/** `[id, model, type, url, capability, vendor]`, and a word more for the default provider and for one switched off. */
const recordsOf = (json: unknown, requireEnabled = true) =>
  read(json, requireEnabled).providers.map(({ provider_id, model, provider_type, base_url, ...p }) => [
    ...[provider_id, model, provider_type, base_url, p.capability, p.vendor],
    ...(p.is_default ? ["default"] : []),
    ...(p.enabled ? [] : ["off"]),
  ]);

const GPT_4O = {
  provider_id: "openai/gpt-4o",
  model: "gpt-4o",
  provider_type: "chat_completion",
  base_url: "https://api.openai.com/v1",
};

/** What the fixtures of v4.10 and of v4.28 have in common, save which of them is the default. */
const V4_RECORDS = [
  ["openai/gpt-4o", "gpt-4o", "chat_completion", "https://api.openai.com/v1", "chat", "openai"],
  ["openai/gpt-4o-mini", "gpt-4o-mini", "chat_completion", "https://api.openai.com/v1", "chat", "openai"],
  ["deepseek/deepseek-chat", "deepseek-chat", "chat_completion", "https://api.deepseek.com/v1", "chat", "deepseek"],
  [
    "付费gemini",
    "gemini-2.5-pro",
    "googlegenai_chat_completion",
    "https://gemini-proxy.example.com/",
    "chat",
    "google",
  ],
  ["ollama/qwen3:8b", "qwen3:8b", "chat_completion", "http://10.0.0.7:11434/v1", "chat", "ollama"],
  [
    "siliconflow/deepseek-ai/DeepSeek-V3",
    "deepseek-ai/DeepSeek-V3",
    "chat_completion",
    "https://api.siliconflow.cn/v1",
    "chat",
    "siliconflow",
  ],
  ["xai/grok-4", "grok-4", "chat_completion", "https://api.x.ai/v1", "chat", "xai"],
  ["ghost/model-x", "model-x", "", "", "chat", ""],
  ["openai_embedding", "text-embedding-3-small", "embedding", "https://api.openai.com/v1", "embedding", "openai"],
  ["vllm_rerank", "BAAI/bge-reranker-base", "rerank", "http://127.0.0.1:8000", "rerank", "vllm"],
  [
    "nvidia_rerank",
    "nvidia/llama-nemotron-rerank-vl-1b-v2",
    "rerank",
    "https://ai.api.nvidia.com/v1/retrieval",
    "rerank",
    "nvidia",
  ],
  ["tei_rerank", "", "rerank", "http://127.0.0.1:8080", "rerank", "huggingface"],
  ["azure_tts", "", "text_to_speech", "", "text_to_speech", "azure"],
  ["gemini_tts", "gemini-2.5-flash-preview-tts", "text_to_speech", "", "text_to_speech", "google"],
  [
    "minimax_tts",
    "speech-02-turbo",
    "text_to_speech",
    "https://api.minimax.chat/v1/t2a_v2",
    "text_to_speech",
    "minimax",
  ],
  ["whisper", "whisper-1", "speech_to_text", "https://api.openai.com/v1", "speech_to_text", "openai"],
  ["sensevoice", "iic/SenseVoiceSmall", "speech_to_text", "", "speech_to_text", "sensevoice"],
];

const withDefault = (id: string, records: string[][]) => records.map((r) => (r[0] === id ? [...r, "default"] : r));

describe("every era", () => {
  test("v3.3 keeps its rows in `llm`", () => {
    const json = {
      config_version: 2,
      llm: [
        {
          id: "default",
          name: "openai",
          enable: true,
          key: ["sk-1"],
          api_base: "https://api.openai.com/v1",
          model_config: { model: "gpt-4o" },
        },
        { id: "off", name: "openai", enable: false, model_config: { model: "m" } },
      ],
    };

    expect(recordsOf(json)).toEqual([["default", "gpt-4o", "", "https://api.openai.com/v1", "chat", "openai"]]);
    expect(recordsOf(json, false)[1]).toEqual(["off", "m", "", "", "chat", "openai", "off"]);
  });

  test("v3.4 to v4.9 keep the model in `model_config`", () => {
    const { using_provider, skipped } = read(load("cmd_config_v3.json"));

    expect(recordsOf(load("cmd_config_v3.json"))).toEqual([
      ["openai", "gpt-4o-mini", "chat_completion", "https://api.openai.com/v1", "chat", "openai", "default"],
      ["deepseek_default", "deepseek-chat", "", "https://api.deepseek.com/v1", "chat", ""],
      ["硅基流动", "deepseek-ai/DeepSeek-V3", "chat_completion", "https://api.siliconflow.cn/v1", "chat", ""],
      ["dify_app_default", "", "chat_completion", "https://api.dify.ai/v1", "agent_runner", "dify"],
      [
        "volcengine_tts",
        "",
        "text_to_speech",
        "https://openspeech.bytedance.com/api/v1/tts",
        "text_to_speech",
        "volcengine",
      ],
      ["gemini_embedding", "gemini-embedding-exp-03-07", "embedding", "", "embedding", "google"],
    ]);
    expect(using_provider).toMatchObject({ provider_id: "openai", model: "gpt-4o-mini" });
    expect(skipped).toEqual([
      { index: 2, provider_id: "claude", reason: "disabled", field: "" },
      { index: 4, provider_id: "fastgpt", reason: "missing", field: "model" },
      { index: 6, provider_id: "whisper", reason: "disabled", field: "" },
    ]);
  });

  test("v4.10 completes its rows from `provider_sources`", () => {
    const { using_provider, skipped } = read(load("cmd_config_v4_sources.json"));

    expect(recordsOf(load("cmd_config_v4_sources.json"))).toEqual([
      ...withDefault("openai/gpt-4o", V4_RECORDS),
      ["dify_app", "", "agent_runner", "https://api.dify.ai/v1", "agent_runner", "dify"],
      ["deerflow", "", "agent_runner", "http://127.0.0.1:2026", "agent_runner", "deerflow"],
    ]);
    expect(using_provider).toMatchObject(GPT_4O);
    expect(skipped.map((row) => `${row.provider_id} ${row.reason}`)).toEqual([
      "openai/o3 disabled",
      "openai_tts disabled",
    ]);
  });

  test("v4.28 names its default provider in `agent_runner`", () => {
    const { using_provider } = read(load("cmd_config_v428_agent_runner.json"));

    expect(recordsOf(load("cmd_config_v428_agent_runner.json"))).toEqual(
      withDefault("deepseek/deepseek-chat", V4_RECORDS),
    );
    expect(using_provider).toMatchObject({ provider_id: "deepseek/deepseek-chat", model: "deepseek-chat" });
  });

  test("a runner that is not local has no default provider", () => {
    const agent_runner = { runner_type: "dify", config: { model: { provider_id: "a" } } };

    expect(read({ provider: [{ id: "a", model: "m" }], agent_runner }).using_provider).toBeNull();
  });
});

describe("wrong shapes are returned, not thrown", () => {
  test.each([
    [null, "$"],
    ["text", "$"],
    [[], "$"],
    [{ provider: 5 }, "provider"],
    [{ provider: "text" }, "provider"],
    [{ provider: { 0: { id: "a", model: "m" } } }, "provider"],
    [{ llm: {} }, "llm"],
    [{ provider_sources: 5, provider: [{ id: "a", model: "m" }] }, "provider_sources"],
    [load("cmd_config_wrong_shapes.json"), "provider"],
  ])("%j at %s", (json, at) => {
    expect(readCmdConfig(json, { requireEnabled: true })).toEqual({ kind: "wrong_shape", at });
  });

  test("missing and null lists are empty, and odd settings cost the default only", () => {
    expect(rowsOf({ provider: null })).toEqual([]);
    expect(rowsOf({})).toEqual([]);
    const json = {
      provider: [{ id: "a", model: "m" }],
      provider_sources: null,
      provider_settings: [],
      agent_runner: 7,
    };
    expect(read(json)).toMatchObject({ providers: [{ provider_id: "a" }], using_provider: null });
  });

  test("rows that are not objects are named", () => {
    expect(read({ provider: [5, null, "text", { id: "a", model: "m" }] })).toMatchObject({
      providers: [{ provider_id: "a" }],
      skipped: [0, 1, 2].map((index) => ({ index, reason: "not_an_object" })),
    });
  });
});

describe("row and source", () => {
  const source = {
    id: "s",
    type: "t",
    provider: "p",
    api_base: "https://source.example",
    model_config: { model: "old" },
  };
  const merged = (row: object, sources: object[] = [source]) =>
    rowsOf({ provider_sources: sources, provider: [{ id: "a", provider_source_id: "s", ...row }] })[0];

  test("the row wins on every key it has, even with an empty value", () => {
    expect(merged({ model: "m" })).toEqual(["a", "m", "t", "https://source.example"]);
    expect(merged({ model: "m", api_base: "" })).toEqual(["a", "m", "t", ""]);
    expect(merged({ model: "m", api_base: null })).toEqual(["a", "m", "t", ""]);
    expect(merged({ model: "m", base_url: "https://own.example" })).toEqual(["a", "m", "t", "https://own.example"]);
    expect(merged({ model: " ", provider_type: "mine" })).toEqual(["a", "old", "mine", "https://source.example"]);
  });

  test("the first source with an id wins", () => {
    expect(merged({ model: "m" }, [source, { id: "s", api_base: "https://second.example" }])?.[3]).toBe(
      "https://source.example",
    );
  });

  test("the type is the row's own, else the source's provider_type, type, provider", () => {
    expect(merged({ model: "m", provider_type: "own" }, [{ id: "s", provider_type: "pt" }])?.[2]).toBe("own");
    expect(merged({ model: "m", type: "ignored" }, [{ id: "s", provider_type: "pt", type: "t" }])?.[2]).toBe("pt");
    expect(merged({ model: "m", type: "ignored" }, [{ id: "s", type: "t", provider: "p" }])?.[2]).toBe("t");
    expect(merged({ model: "m", type: "ignored" }, [{ id: "s", provider: "p" }])?.[2]).toBe("p");
  });

  test("a row without an id does not take its source's", () => {
    const json = { provider_sources: [source], provider: [{ provider_source_id: "s", model: "m" }] };

    expect(read(json).skipped).toEqual([{ index: 0, provider_id: "", reason: "missing", field: "id" }]);
  });

  test("ids such as __proto__ and constructor are only ids", () => {
    const json: unknown = JSON.parse(`{
      "provider_sources": [{"id": "__proto__", "api_base": "https://p.example", "__proto__": {"polluted": 1}}],
      "provider": [
        {"id": "a", "model": "m", "provider_source_id": "__proto__"},
        {"id": "b", "model": "m", "provider_source_id": "constructor"},
        {"id": "__proto__", "model": "m", "__proto__": {"enable": false}}
      ]
    }`);

    expect(rowsOf(json)).toEqual([
      ["a", "m", "", "https://p.example"],
      ["b", "m", "", ""],
      ["__proto__", "m", "", ""],
    ]);
    expect("polluted" in {}).toBe(false);
  });
});

describe("enable", () => {
  const ids = (requireEnabled: boolean) =>
    rowsOf(
      {
        provider: [false, 0, "False", " no ", "OFF", "0", "关", true, 1, "开", "garbage", null, undefined].map(
          (enable) => ({
            id: String(enable),
            model: "m",
            enable,
          }),
        ),
      },
      requireEnabled,
    ).map(([id]) => id);

  test("the words for off are off; anything else, and nothing at all, is on", () => {
    expect(ids(true)).toEqual(["true", "1", "开", "garbage", "null", "undefined"]);
  });

  test("is not looked at when disabled providers are wanted too", () => {
    expect(ids(false)).toHaveLength(13);
  });
});

describe("each family of types has its model and address fields", () => {
  const U = "https://u.example";
  const families: [row: Record<string, string>, capability: string, vendor: string][] = [
    [{ type: "openai_chat_completion", model: "m", api_base: U }, "chat", ""],
    [{ type: "openai_chat_completion", model: "m", api_base: "https://api.openai.com/v1" }, "chat", "openai"],
    [{ type: "googlegenai_chat_completion", model: "m", api_base: U }, "chat", "google"],
    [{ type: "openai_responses", model: "m", api_base: U, provider: "xai" }, "chat", "xai"],
    [{ type: "xiaomi_token_plan", model: "m", api_base: U }, "chat", "xiaomi"],
    [{ type: "llm_tuner", model: "m", base_url: U }, "chat", ""],
    [{ type: "some_plugin", model: "m", base_url: U }, "chat", ""],
    [{ type: "some_plugin", provider_type: "embedding", embedding_model: "m", base_url: U }, "embedding", ""],
    [{ type: "openai_embedding", embedding_model: "m", embedding_api_base: U }, "embedding", ""],
    [{ type: "gemini_embedding", embedding_model: "m", embedding_api_base: U }, "embedding", "google"],
    [{ type: "vllm_rerank", rerank_model: "m", rerank_api_base: U }, "rerank", "vllm"],
    [{ type: "nvidia_rerank", nvidia_rerank_model: "m", nvidia_rerank_api_base: U }, "rerank", "nvidia"],
    [{ type: "sensevoice_stt_selfhost", stt_model: "m", api_base: U }, "speech_to_text", "sensevoice"],
    [{ type: "openai_whisper_selfhost", model: "m", base_url: U }, "speech_to_text", ""],
    [{ type: "gemini_tts", gemini_tts_model: "m", gemini_tts_api_base: U }, "text_to_speech", "google"],
    [{ type: "minimax_tts_api", model: "m", api_base: U }, "text_to_speech", "minimax"],
    [{ type: "deerflow", deerflow_model_name: "m", deerflow_api_base: U }, "agent_runner", "deerflow"],
  ];
  test.each(families)("%j", (row, capability, vendor) => {
    const url = Object.values(row).find((value) => value.startsWith("https:"));

    expect(recordsOf({ provider: [{ id: "a", ...row }] })).toEqual([
      ["a", "m", row.provider_type ?? "", url ?? "", capability, vendor],
    ]);
  });

  test.each(["tei_rerank", "edge_tts", "azure_tts", "gsv_tts_selfhost", "volcengine_tts", "dify", "coze", "dashscope"])(
    "%s has no model and is kept without one",
    (type) => {
      expect(rowsOf({ provider: [{ id: "a", type, coze_api_base: "https://u.example" }] })).toEqual([
        ["a", "", "", "https://u.example"],
      ]);
    },
  );

  test.each(["openai_chat_completion", "minimax_token_plan", "llm_tuner", "some_plugin"])(
    "%s is useless without a model",
    (type) => {
      expect(read({ provider: [{ id: "a", type }] }).skipped).toMatchObject([{ provider_id: "a", field: "model" }]);
    },
  );
});

describe("the default provider", () => {
  const provider = [
    { id: "d", model: "first" },
    { id: "d", model: "second" },
  ];
  const using = (default_provider_id: unknown) =>
    read({ provider, provider_settings: { default_provider_id } }).using_provider;

  test("is the first row of its id", () => expect(using(" d ")).toMatchObject({ model: "first" }));

  test("is named even when no row has its id", () => {
    expect(using("gone")).toEqual({ provider_id: "gone", model: "", provider_type: "", base_url: "" });
  });

  test.each(["", null, undefined, {}])("is unset by %j", (id) => expect(using(id)).toBeNull());
});

describe("an address that AstrBot cannot use is reported with its row", () => {
  const addressesOf = (name: string) => {
    const { providers, warnings } = read(load(name));
    return { warnings, urls: Object.fromEntries(providers.map((p) => [p.provider_id, p.base_url])) };
  };

  test("as seen in the field", () => {
    const { warnings, urls } = addressesOf("odd_urls.json");
    expect(warnings).toEqual([
      "base_url_no_scheme:noscheme/deepseek-chat",
      "base_url_fullwidth:fullwidth/m",
      "base_url_fragment:hash/glm-4.6",
    ]);
    expect(urls).toEqual({
      "noscheme/deepseek-chat": "",
      "fullwidth/m": "",
      "spaces/Qwen/Qwen3-8B": "https://api.siliconflow.cn/v1",
      "hash/glm-4.6": "https://newapi.example.com/v1/chat/completions",
      "azure/gpt-4": "https://res.openai.azure.com/openai/deployments/gpt4turbo20240409x",
      "xiaomi-token-plan/mimo-v2-pro": "https://token-plan-cn.xiaomimimo.com/anthropic",
    });
  });

  test("as people type them", () => {
    const { warnings, urls } = addressesOf("odd_urls_typed.json");
    expect(warnings.map((warning) => warning.replace(/\/m$/, ""))).toEqual([
      "base_url_no_scheme:one-slash",
      "base_url_not_http:wss",
      "base_url_not_http:typo",
      "base_url_unreadable:twice",
      "base_url_spaces:two",
      "base_url_no_scheme:quoted",
      "base_url_no_scheme:markdown",
      "base_url_fullwidth:fullwidth-slash",
      "base_url_fullwidth:fullwidth-dot",
      "base_url_fullwidth:comma",
      "base_url_invisible:zero-width",
      "base_url_spaces:space",
      "base_url_spaces:no-break",
      "base_url_unreadable:port",
      "base_url_unreadable:no-host",
      "base_url_no_scheme:placeholder",
      "base_url_unreadable:password",
      "base_url_fragment:fragment",
    ]);
    const kept = Object.entries(urls).filter(([, url]) => url !== "");
    expect(kept).toEqual(
      ["fragment", "line-end", "tabs", "wide-space"].map((id) => [`${id}/m`, "https://api.example.com/v1"]),
    );
  });

  test("at most a hundred of them, and the number of the others", () => {
    const rows = Array.from({ length: 130 }, (_, index) => ({ id: `p${index}`, model: "m", api_base: "h.example" }));
    const { warnings } = read({ provider: rows });
    expect(warnings).toHaveLength(101);
    expect(warnings.at(-1)).toBe("more:30");
  });
});

describe("a list beyond the bounds", () => {
  const rowsOf = (count: number, chars: number) =>
    Array.from({ length: count }, (_, n) => ({ id: `${n}${"x".repeat(chars)}`, model: "m" }));

  test("is kept up to them, and what follows is counted and named", () => {
    const byNumber = read({ provider: rowsOf(2003, 1) });
    expect(byNumber.providers).toHaveLength(2000);
    expect(byNumber.skipped).toHaveLength(3);
    expect(byNumber.skipped[0]).toEqual({ index: 2000, provider_id: "2000x", reason: "too_many", field: "" });

    const bySize = read({ provider: rowsOf(750, 480) });
    expect(bySize.providers.length).toBeWithin(500, 600);
    expect(bySize.providers.length + bySize.skipped.length).toBe(750);
  });

  test("a source with many keys is not copied for each row", () => {
    let copies = 0;
    const ownKeys = () => {
      copies++;
      return [];
    };
    const source = new Proxy({ id: "s", type: "openai_chat_completion" }, { ownKeys });
    const provider = [{ id: "a", model: "m", provider_source_id: "s" }];
    expect(read({ provider, provider_sources: [source] }).providers).toHaveLength(1);
    expect(copies).toBe(0);
  });
});

test("public names stay as they are, however random they look", () => {
  const { providers, warnings } = read(load("public_names.json"));
  expect(warnings).toEqual([]);
  expect(JSON.stringify(providers)).not.toContain("***");
  expect(providers.map(({ provider_id, vendor }) => provider_id.startsWith(`${vendor}/`))).not.toContain(false);
  expect(new Set(providers.map(({ vendor }) => vendor))).not.toContain("");
});

test("secrets in an address stay hidden wherever they stand", () => {
  const { providers } = read(load("secrets_in_urls.json"));
  expect(JSON.stringify(providers)).not.toMatch(/FAKE-SECRET|0f8fad5b/);
  expect(providers.map(({ base_url }) => base_url)).not.toContain("");
});

describe("what answers the chat in place of a model is named", () => {
  const cases: [file: string, runner: object | null, warnings: string[], defaultId: string | undefined][] = [
    ["runner_v46_default_dashscope.json", { type: "dashscope", provider_id: "dashscope" }, [], "dashscope"],
    ["runner_v47_dify.json", { type: "dify", provider_id: "dify_app_default" }, [], "openai_default"],
    [
      "runner_v423_deerflow_gone.json",
      { type: "deerflow", provider_id: "deerflow" },
      ["agent_runner_provider_missing:deerflow"],
      "openai_default",
    ],
    ["runner_v428_coze.json", { type: "coze", provider_id: "" }, [], undefined],
    ["runner_v428_before_migration.json", { type: "dify", provider_id: "dify_app_default" }, [], "openai_default"],
    ["runner_fork_codex.json", { type: "codex", provider_id: "" }, [], undefined],
    ["cmd_config_v428_agent_runner.json", null, [], "deepseek/deepseek-chat"],
    ["cmd_config_v4_sources.json", null, [], "openai/gpt-4o"],
  ];
  test.each(cases)("%s", (file, runner, warnings, defaultId) => {
    const outcome = read(load(file));
    expect(outcome.agent_runner).toEqual(runner as typeof outcome.agent_runner);
    expect(outcome.warnings).toEqual(runner && "type" in runner ? [`agent_runner:${runner.type}`, ...warnings] : []);
    expect(outcome.using_provider?.provider_id).toBe(defaultId as string);
  });

  const settings = { provider_settings: { agent_runner_type: "coze" } };
  test("even if its provider was never chosen", () => {
    expect(read(settings).warnings).toEqual(["agent_runner:coze", "agent_runner_provider_missing:coze"]);
  });

  test("but not by what a migrated file has left of older settings, nor by what is no name", () => {
    const local = { runner_type: "local", config: {} };
    expect(read({ ...settings, config_version: 3, agent_runner: local }).agent_runner).toBeNull();
    for (const runner_type of ["", null, 7.5, [], "local"]) {
      expect(read({ agent_runner: { runner_type } })).toMatchObject({ agent_runner: runner_type === 7.5 ? {} : null });
    }
    expect(read({ agent_runner: { runner_type: "sk-FAKE" } }).agent_runner?.type).toBe("unknown");
  });
});

describe("the fallback models are named in the order AstrBot tries them", () => {
  const missing = (...ids: string[]) => ids.map((id) => `fallback_provider_missing:${id}`);
  const cases: [file: string, fallback_provider_ids: string[], warnings: string[]][] = [
    [
      "fallbacks_v417.json",
      ["openai/gpt-4o-mini", "gone/model", "openai/o3", "emb"],
      missing("gone/model", "openai/o3", "emb"),
    ],
    ["fallbacks_v428_order.json", ["b/three", "b/two"], []],
    ["fallbacks_no_list.json", [], []],
    ["odd_urls.json", ["hash/glm-4.6"], []],
    ["cmd_config_v428_agent_runner.json", ["openai/gpt-4o"], []],
    ["cmd_config_v3.json", [], []],
  ];
  test.each(cases)("%s", (file, fallbacks, warnings) => {
    const outcome = read(load(file));
    expect(outcome.fallback_provider_ids).toEqual(fallbacks);
    expect(outcome.warnings.filter((warning) => warning.startsWith("fallback"))).toEqual(warnings);
  });

  test("fifty at most", () => {
    const fallback_chat_models = Array.from({ length: 90 }, (_, index) => `p${index}`);
    expect(read({ provider_settings: { fallback_chat_models } }).fallback_provider_ids).toHaveLength(50);
  });
});
