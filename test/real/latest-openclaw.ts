import { startFakeModelServer } from "@test/support/fake-model-server.ts";
import { addShape, type Shapes, shapeOf } from "@test/support/shapes.ts";
import { toAnswer } from "@/gateway/answer.ts";
import { classify, classifyTurn } from "@/gateway/classify.ts";
import { systemClock } from "@/lib/clock.ts";
import { startOpenclawGateway } from "./openclaw-gateway.ts";
import { ensurePeer, openclawPeer } from "./peers.ts";
import { newToken, startService } from "./service.ts";

/** Bun ends a fetch after five minutes by itself. */
const TURN_TIMEOUT_MS = 250_000;
/** So that a model that hangs is given up within two minutes; less ends other failures early on a busy machine. */
const AGENT_DEFAULTS = { timeoutSeconds: 60, maxConcurrent: 16 };

const JSON_TYPE = { "content-type": "application/json" };
const turnOf = (name: string, input: string, stream: boolean) =>
  JSON.stringify({ model: "openclaw:main", user: `${name}:${stream}`, input, stream });

const MODEL_ANSWERS: readonly [name: string, input: string][] = [
  ["answer", "[[say:pong]]"],
  ["model 400", "[[error:400]]"],
  ["model 401", "[[error:401]]"],
  ["model 429", "[[error:429]]"],
  ["model 500", "[[error:500]]"],
  ["model cut off", "[[cut]]"],
  ["model hangs", "[[hang]]"],
];

/** By case; each with the `detail` that the service finds in it. A stream's cases have their events beside them. */
export const playOpenclaw = async (version: string, node: string): Promise<Shapes> => {
  await ensurePeer(openclawPeer(version, node));
  const token = newToken();
  const model = startFakeModelServer();
  const start = (responsesEnabled: boolean) =>
    startOpenclawGateway({
      version,
      node,
      token,
      modelUrl: model.url,
      agentDefaults: AGENT_DEFAULTS,
      responsesEnabled,
    });
  const [gateway, disabled] = await Promise.all([start(true), start(false)]);
  const shapes: Shapes = {};

  const ask = async (name: string, kind: "probe" | "turn", init: RequestInit, { url } = gateway) => {
    const headers = { authorization: `Bearer ${token}`, ...JSON_TYPE, ...init.headers };
    const signal = AbortSignal.timeout(TURN_TIMEOUT_MS);
    const response = await fetch(`${url}/v1/responses`, {
      method: "POST",
      redirect: "manual",
      signal,
      ...init,
      headers,
    });
    const text = await response.text();
    const answer = toAnswer(response, text, response.url, systemClock);
    const { status, mediaType, body } = answer;
    const detail = kind === "probe" ? classify(answer) : classifyTurn(answer);
    addShape(shapes, `${kind}: ${name}`, {
      ...shapeOf({ body: body && JSON.parse(text), detail }),
      status: String(status),
      mediaType,
    });
  };

  /** Through the service, which classifies a stream as it comes. */
  const stream = async (name: string, input: string) => {
    const service = await startService({
      OPENCLAW_GATEWAY_URL: gateway.url,
      OPENCLAW_GATEWAY_TOKEN: token,
      RELAY_TOTAL_TIMEOUT_SECONDS: String(TURN_TIMEOUT_MS / 1000),
      RELAY_FIRST_BYTE_TIMEOUT_SECONDS: String(TURN_TIMEOUT_MS / 1000),
      RELAY_STALL_TIMEOUT_SECONDS: String(TURN_TIMEOUT_MS / 1000),
    });
    try {
      const response = await fetch(`${service.url}/api/v1/responses`, {
        method: "POST",
        headers: { authorization: `Bearer ${service.apiToken}`, ...JSON_TYPE },
        body: turnOf(name, input, true),
      });
      const frames = (await response.text()).matchAll(/^data: (\{.*\})$/gm);
      const events = [...frames].map(([, data = ""]) => JSON.parse(data));
      const detail = (await service.state()).relay.last_turn?.detail;
      // Of our own making.
      if (detail === "timeout") return;
      for (const event of events) addShape(shapes, `event: ${event.type}`, shapeOf(event));
      addShape(shapes, `stream: ${name}`, { ...shapeOf({ detail }), last: String(events.at(-1)?.type) });
    } finally {
      await service.stop();
    }
  };

  try {
    await ask("empty body", "probe", { body: "{}" });
    await ask("no JSON", "probe", { body: "{" });
    await ask("GET", "probe", { method: "GET" });
    await ask("endpoint disabled", "probe", { body: "{}" }, disabled);
    await ask("unknown agent", "turn", { body: JSON.stringify({ model: "openclaw:nobody", input: "hello" }) });
    await ask("unknown key", "turn", { body: JSON.stringify({ model: "openclaw:main", input: "hello", nothing: 1 }) });
    await Promise.all(
      MODEL_ANSWERS.flatMap(([name, input]) => [
        // On a busy machine 2026.9.6 tries a rate-limited model for longer: then the case is not seen.
        ask(name, "turn", { body: turnOf(name, input, false) }).catch((error: Error) => {
          if (error.name !== "TimeoutError") throw error;
        }),
        stream(name, input),
      ]),
    );
    await ask("wrong token", "probe", { body: "{}", headers: { authorization: `Bearer ${newToken()}` } });
    return shapes;
  } finally {
    await Promise.all([gateway.stop(), disabled.stop()]);
    await model.stop();
  }
};
