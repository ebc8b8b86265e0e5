import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fixture } from "@test/support/fixtures.ts";
import { readCmdConfig } from "@/models/astrbot.ts";

const load = (name: string): unknown =>
  JSON.parse(readFileSync(fixture(`astrbot/${name}`), "utf8").replace(/^\uFEFF/, ""));

const read = (json: unknown, requireEnabled = true) => {
  const outcome = readCmdConfig(json, { requireEnabled });
  if (outcome.kind !== "read") throw new Error(`wrong shape at ${outcome.at}`);
  return outcome;
};

/** Most rows are easier to compare as `[id, model, type, url]`. */
const rowsOf = (json: unknown, requireEnabled = true) =>
  read(json, requireEnabled).providers.map((p) => [p.providerId, p.model, p.providerType, p.baseUrl]);

const GPT_4O = {
  providerId: "openai/gpt-4o",
  model: "gpt-4o",
  providerType: "chat_completion",
  baseUrl: "https://api.openai.com/v1",
};

/** What the fixtures of v4.10 and of v4.28 have in common. */
const V4_ROWS = [
  ["openai/gpt-4o", "gpt-4o", "chat_completion", "https://api.openai.com/v1"],
  ["openai/gpt-4o-mini", "gpt-4o-mini", "chat_completion", "https://api.openai.com/v1"],
  ["deepseek/deepseek-chat", "deepseek-chat", "chat_completion", "https://api.deepseek.com/v1"],
  ["付费gemini", "gemini-2.5-pro", "googlegenai_chat_completion", "https://gemini-proxy.example.com/"],
  ["ollama/qwen3:8b", "qwen3:8b", "chat_completion", "http://10.0.0.7:11434/v1"],
  [
    "siliconflow/deepseek-ai/DeepSeek-V3",
    "deepseek-ai/DeepSeek-V3",
    "chat_completion",
    "https://api.siliconflow.cn/v1",
  ],
  ["xai/grok-4", "grok-4", "chat_completion", "https://api.x.ai/v1"],
  ["ghost/model-x", "model-x", "", ""],
  ["openai_embedding", "text-embedding-3-small", "embedding", "https://api.openai.com/v1"],
  ["vllm_rerank", "BAAI/bge-reranker-base", "rerank", "http://127.0.0.1:8000"],
  ["nvidia_rerank", "nvidia/llama-nemotron-rerank-vl-1b-v2", "rerank", "https://ai.api.nvidia.com/v1/retrieval"],
  ["tei_rerank", "", "rerank", "http://127.0.0.1:8080"],
  ["azure_tts", "", "text_to_speech", ""],
  ["gemini_tts", "gemini-2.5-flash-preview-tts", "text_to_speech", ""],
  ["minimax_tts", "speech-02-turbo", "text_to_speech", "https://api.minimax.chat/v1/t2a_v2"],
  ["whisper", "whisper-1", "speech_to_text", "https://api.openai.com/v1"],
  ["sensevoice", "iic/SenseVoiceSmall", "speech_to_text", ""],
];

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

    expect(rowsOf(json)).toEqual([["default", "gpt-4o", "", "https://api.openai.com/v1"]]);
  });

  test("v3.4 to v4.9 keep the model in `model_config`", () => {
    const { usingProvider, skipped } = read(load("cmd_config_v3.json"));

    expect(rowsOf(load("cmd_config_v3.json"))).toEqual([
      ["openai", "gpt-4o-mini", "chat_completion", "https://api.openai.com/v1"],
      ["deepseek_default", "deepseek-chat", "", "https://api.deepseek.com/v1"],
      ["硅基流动", "deepseek-ai/DeepSeek-V3", "chat_completion", "https://api.siliconflow.cn/v1"],
      ["dify_app_default", "", "chat_completion", "https://api.dify.ai/v1"],
      ["volcengine_tts", "", "text_to_speech", "https://openspeech.bytedance.com/api/v1/tts"],
      ["gemini_embedding", "gemini-embedding-exp-03-07", "embedding", ""],
    ]);
    expect(usingProvider).toMatchObject({ providerId: "openai", model: "gpt-4o-mini" });
    expect(skipped).toEqual([
      { index: 2, provider_id: "claude", reason: "disabled", field: "" },
      { index: 4, provider_id: "fastgpt", reason: "missing", field: "model" },
      { index: 6, provider_id: "whisper", reason: "disabled", field: "" },
    ]);
  });

  test("v4.10 completes its rows from `provider_sources`", () => {
    const { usingProvider, skipped } = read(load("cmd_config_v4_sources.json"));

    expect(rowsOf(load("cmd_config_v4_sources.json"))).toEqual([
      ...V4_ROWS,
      ["dify_app", "", "agent_runner", "https://api.dify.ai/v1"],
      ["deerflow", "", "agent_runner", "http://127.0.0.1:2026"],
    ]);
    expect(usingProvider).toEqual(GPT_4O);
    expect(skipped.map((row) => `${row.provider_id} ${row.reason}`)).toEqual([
      "openai/o3 disabled",
      "openai_tts disabled",
    ]);
  });

  test("v4.28 names its default provider in `agent_runner`", () => {
    const { usingProvider } = read(load("cmd_config_v428_agent_runner.json"));

    expect(rowsOf(load("cmd_config_v428_agent_runner.json"))).toEqual(V4_ROWS);
    expect(usingProvider).toMatchObject({ providerId: "deepseek/deepseek-chat", model: "deepseek-chat" });
  });

  test("a runner that is not local has no default provider", () => {
    const agent_runner = { runner_type: "dify", config: { model: { provider_id: "a" } } };

    expect(read({ provider: [{ id: "a", model: "m" }], agent_runner }).usingProvider).toBeNull();
  });
});

describe("wrong shapes are told, not thrown", () => {
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
    expect(read(json)).toMatchObject({ providers: [{ providerId: "a" }], usingProvider: null });
  });

  test("rows that are not objects are named", () => {
    expect(read({ provider: [5, null, "text", { id: "a", model: "m" }] })).toMatchObject({
      providers: [{ providerId: "a" }],
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
  test.each([
    [{ type: "openai_embedding", embedding_model: "m", embedding_api_base: "https://u.example" }],
    [{ type: "vllm_rerank", rerank_model: "m", rerank_api_base: "https://u.example" }],
    [{ type: "nvidia_rerank", nvidia_rerank_model: "m", nvidia_rerank_api_base: "https://u.example" }],
    [{ type: "sensevoice_stt_selfhost", stt_model: "m", api_base: "https://u.example" }],
    [{ type: "gemini_tts", gemini_tts_model: "m", gemini_tts_api_base: "https://u.example" }],
    [{ type: "deerflow", deerflow_model_name: "m", deerflow_api_base: "https://u.example" }],
    [{ type: "openai_responses", model: "m", api_base: "https://u.example" }],
    [{ type: "some_plugin", model: "m", base_url: "https://u.example" }],
  ])("%j", (row) => {
    expect(rowsOf({ provider: [{ id: "a", ...row }] })).toEqual([["a", "m", "", "https://u.example"]]);
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
    read({ provider, provider_settings: { default_provider_id } }).usingProvider;

  test("is the first row of its id", () => expect(using(" d ")).toMatchObject({ model: "first" }));

  test("is named even when no row has its id", () => {
    expect(using("gone")).toEqual({ providerId: "gone", model: "", providerType: "", baseUrl: "" });
  });

  test.each(["", null, undefined, {}])("is unset by %j", (id) => expect(using(id)).toBeNull());
});
