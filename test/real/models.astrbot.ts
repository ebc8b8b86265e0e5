import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { type Astrbot, startAstrbot } from "./astrbot.ts";
import { until } from "./program.ts";
import { startService } from "./service.ts";

const SECRET = "sk-FAKE-SECRET-0123456789";
const SOURCE = { id: "fake", provider: "openai", type: "openai_chat_completion", provider_type: "chat_completion" };
/** One of each capability, as AstrBot's dashboard sends them. */
const PROVIDERS = [
  { id: "fake/m1", enable: true, provider_source_id: "fake", model: "m1", modalities: [] },
  { id: "emb", type: "openai_embedding", provider_type: "embedding", embedding_model: "e1", embedding_api_key: SECRET },
  { id: "rank", type: "vllm_rerank", provider_type: "rerank", rerank_model: "r1", rerank_api_key: SECRET },
  { id: "says", type: "openai_tts_api", provider_type: "text_to_speech", model: "t1", api_key: SECRET },
  { id: "hears", type: "openai_whisper_api", provider_type: "speech_to_text", model: "w1", api_key: SECRET },
].map((row) => ({ enable: true, ...row }));

const Pulled = z.object({
  pulled: z.object({
    source_used: z.string(),
    warnings: z.array(z.string()),
    providers: z.array(z.looseObject({ provider_id: z.string(), capability: z.string() })),
  }),
});
const State = z.object({ state: z.object({ model_source: z.object({ source: z.string(), state: z.string() }) }) });

let astrbot: Astrbot;
let key: string;

const startFor = (mode: string, env: Record<string, string> = {}) =>
  startService({
    ASTR_PULL_SOURCE_MODE: mode,
    ASTRBOT_CMD_CONFIG_PATH: astrbot.configPath,
    NOTIFY_ASTRBOT_URL: astrbot.url,
    NOTIFY_ASTRBOT_KEY: key,
    WATCH_SECONDS: "0",
    ...env,
  });
type Started = Awaited<ReturnType<typeof startFor>>;

const pull = async ({ api }: Started) =>
  Pulled.parse(await api("/models/pull-astr", { method: "POST", body: "{}" })).pulled;
const sourceOf = async ({ api }: Started) => State.parse(await api("/status")).state.model_source;

beforeAll(async () => {
  astrbot = await startAstrbot();
  key = await astrbot.newKey("im", "provider");
  const config = { ...SOURCE, key: [SECRET], api_base: `http://user:${SECRET}@127.0.0.1:9/v1`, timeout: 120 };
  await astrbot.request("POST", "/provider-sources", key, { id: "fake", config });
  for (const config of PROVIDERS) await astrbot.request("POST", "/providers", key, { config });
});
afterAll(() => astrbot.stop());

describe("the models of the real AstrBot", () => {
  test("are pulled by file and by API alike, without a secret", async () => {
    const [file, api] = [await startFor("cmd_config_only"), await startFor("api_only")];
    try {
      const [byFile, byApi] = [await pull(file), await pull(api)];

      expect(byApi.providers).toEqual(byFile.providers);
      expect(byApi.providers.map(({ provider_id, capability }) => [provider_id, capability])).toEqual([
        ["fake/m1", "chat"],
        ["emb", "embedding"],
        ["rank", "rerank"],
        ["says", "text_to_speech"],
        ["hears", "speech_to_text"],
      ]);
      expect([byFile.source_used, byApi.source_used]).toEqual(["cmd_config", "astrbot_api"]);
      expect(JSON.stringify([byFile, byApi])).not.toContain(SECRET);
    } finally {
      await Promise.all([file.stop(), api.stop()]);
    }
  });

  test("that changed are told as drift of file and API, and pulled again", async () => {
    const [file, api] = [await startFor("cmd_config_only"), await startFor("api_then_cmd_config")];
    try {
      await Promise.all([pull(file), pull(api)]);
      const unchanged = [await sourceOf(file), await sourceOf(api)];
      expect(unchanged.map(({ source, state }) => [source, state])).toEqual([
        ["cmd_config", "unchanged"],
        ["astrbot_api", "unchanged"],
      ]);

      const config = { id: "fake/added", enable: true, provider_source_id: "fake", model: "m2", modalities: [] };
      await astrbot.request("POST", "/providers", key, { config });

      expect(JSON.stringify(astrbot.config().provider)).toContain("fake/added");
      expect((await sourceOf(file)).state).toBe("changed");
      // Within a minute: the last look was the pull.
      await until(async () => (await sourceOf(api)).state === "changed");
      for (const service of [file, api]) {
        expect((await pull(service)).providers.map(({ provider_id }) => provider_id)).toContain("fake/added");
        expect((await sourceOf(service)).state).toBe("unchanged");
      }
    } finally {
      await Promise.all([file.stop(), api.stop()]);
    }
  });

  test.each([
    ["a wrong key", async () => ({ NOTIFY_ASTRBOT_KEY: "abk_wrong" }), "astr_api_denied", "密钥无效"],
    ["no key", async () => ({ NOTIFY_ASTRBOT_KEY: "" }), "astr_api_denied", "没有设置 NOTIFY_ASTRBOT_KEY"],
    [
      "a key without the scope",
      async () => ({ NOTIFY_ASTRBOT_KEY: await astrbot.newKey("im") }),
      "astr_api_denied",
      "密钥没有 provider 权限",
    ],
    ["a wrong port", async () => ({ NOTIFY_ASTRBOT_URL: "http://127.0.0.1:9" }), "astr_api_unreachable", "连接不上"],
    [
      "an address below it",
      async () => ({ NOTIFY_ASTRBOT_URL: `${astrbot.url}/nowhere` }),
      "astr_api_unusable",
      "应答无法使用",
    ],
  ])("cannot be pulled with %s, which is said", async (_name, env, code, words) => {
    const service = await startFor("api_only", await env());
    try {
      const failure = await pull(service).then(String, String);

      expect(failure).toContain(`"error_code":"${code}"`);
      expect(failure).toContain(words);
    } finally {
      await service.stop();
    }
  });
});
