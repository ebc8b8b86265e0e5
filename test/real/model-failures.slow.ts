import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import { startOpenclawGateway } from "./openclaw-gateway.ts";
import { openclawVersions } from "./peers.ts";
import { freePort } from "./program.ts";
import { newToken, startService } from "./service.ts";

const token = newToken();
/** 2026.9.6 tries a model that is rate-limited for two and a half minutes. */
const PATIENCE_SECONDS = 400;
const TEST_TIMEOUT_MS = 500_000;

type Place = "patient" | "hurried" | "deaf" | "keyless";
const cases: [string, Place, string][] = [
  ["upstream 500", "patient", "[[error:500]]"],
  ["upstream 401", "patient", "[[error:401]]"],
  ["upstream 429", "patient", "[[error:429]]"],
  ["provider down", "deaf", "hello"],
  ["provider hangs", "hurried", "[[hang]]"],
  ["no credentials", "keyless", "hello"],
];

/** A failing model behind a gateway that is well, each row once as JSON and once as a stream, all at the same time. */
describe.each([...openclawVersions])("OpenClaw %s:", (version) => {
  let model: FakeModelServer;
  let gateways: Record<Place, Awaited<ReturnType<typeof startOpenclawGateway>>>;

  beforeAll(async () => {
    model = startFakeModelServer();
    const start = (agentDefaults: object, modelUrl = model.url) =>
      startOpenclawGateway({ version, token, modelUrl, agentDefaults: { maxConcurrent: 16, ...agentDefaults } });
    const [patient, hurried, deaf, keyless] = await Promise.all([
      start({ timeoutSeconds: PATIENCE_SECONDS }),
      start({ timeoutSeconds: 20 }),
      start({ timeoutSeconds: PATIENCE_SECONDS }, `http://127.0.0.1:${await freePort()}/v1`),
      start({ model: { primary: "anthropic/claude-opus-4-6" } }),
    ]);
    gateways = { patient, hurried, deaf, keyless };
  }, TEST_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all(Object.values(gateways ?? {}).map((gateway) => gateway.stop()));
    await model?.stop();
  });

  const run = async ([name, place, input]: (typeof cases)[number], stream: boolean) => {
    const service = await startService({
      OPENCLAW_GATEWAY_URL: gateways[place].url,
      OPENCLAW_GATEWAY_TOKEN: token,
      RELAY_TOTAL_TIMEOUT_SECONDS: String(PATIENCE_SECONDS),
      RELAY_FIRST_BYTE_TIMEOUT_SECONDS: String(PATIENCE_SECONDS),
      RELAY_STALL_TIMEOUT_SECONDS: String(PATIENCE_SECONDS),
    });
    try {
      const startedAt = performance.now();
      const response = await fetch(`${service.url}/api/v1/responses`, {
        method: "POST",
        headers: { authorization: `Bearer ${service.apiToken}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "openclaw:main", user: `${place}:${name}:${stream}`, input, stream }),
      });
      const text = await response.text();
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      const { relay, breaker, sidecar_probe } = await service.state();
      const last = stream ? (text.match(/^event: \S+$/gm)?.at(-1) ?? "no event") : `HTTP ${response.status}`;
      const row = [version, name, stream ? "stream" : "JSON", `${seconds} s`, last];
      console.log(`| ${[...row, relay.last_turn?.detail, `${breaker.consecutive_failures} counted`].join(" | ")} |`);
      return { name, stream, detail: relay.last_turn?.detail, probe: sidecar_probe.detail };
    } finally {
      await service.stop();
    }
  };

  test(
    "each way a model fails is told as the model's failing, and as no fault of the gateway",
    async () => {
      const runs = cases.flatMap((row) => [run(row, false), run(row, true)]);
      const results = await Promise.all(runs);

      expect(results.filter(({ detail }) => detail !== "upstream_model_error")).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );
});
