import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import OpenAI from "openai";
import { z } from "zod";
import { startOpenclawGateway } from "./openclaw-gateway.ts";
import { openclawVersions } from "./peers.ts";
import { newToken, type Service, startService } from "./service.ts";

const token = newToken();

describe.each([...openclawVersions])("the relay before OpenClaw %s:", (version) => {
  let model: FakeModelServer;
  let gateway: Awaited<ReturnType<typeof startOpenclawGateway>>;
  let service: Service;

  beforeAll(async () => {
    model = startFakeModelServer();
    gateway = await startOpenclawGateway({ version, token, modelUrl: model.url });
    service = await startService({ OPENCLAW_GATEWAY_URL: gateway.url, OPENCLAW_GATEWAY_TOKEN: token });
  });

  afterAll(async () => {
    await service?.stop();
    await gateway?.stop();
    await model?.stop();
  });

  const direct = () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: token, maxRetries: 0 });
  const relayed = () => new OpenAI({ baseURL: `${service.url}/api/v1`, apiKey: service.apiToken, maxRetries: 0 });

  test("the openai package gets the same response as from the gateway itself", async () => {
    const ask = async (client: OpenAI) =>
      client.responses.create({ model: "openclaw:main", input: "[[say:the answer 你好]]" });
    const [through, straight] = [await ask(relayed()), await ask(direct())];

    expect(through.output_text).toBe("the answer 你好");
    expect(withoutIds(through)).toEqual(withoutIds(straight));
  });

  test("the openai package streams the same events as from the gateway itself", async () => {
    const stream = async (client: OpenAI) => {
      const events: unknown[] = [];
      const answer = await client.responses.create({ model: "openclaw:main", input: "[[say:streamed]]", stream: true });
      for await (const event of answer) events.push(withoutIds(event));
      return events;
    };
    const [through, straight] = [await stream(relayed()), await stream(direct())];

    expect(through).toEqual(straight);
    expect(through.at(-1)).toMatchObject({ type: "response.completed" });
  });

  /** As the plugin does it: its gateway address is `<service>/api`, its gateway token the service's. */
  const pluginTurn = async (input: unknown[], signal?: AbortSignal) =>
    fetch(`${service.url}/api/v1/responses`, {
      method: "POST",
      headers: { authorization: `Bearer ${service.apiToken}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "openclaw:main", stream: false, user: "qq:1", input, tools: [lookUp(version)] }),
      ...(signal && { signal }),
    });
  const says = (text: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });

  test("the plugin's request is answered, and so is its tool's result", async () => {
    const first = await pluginTurn([says("[[say:first]]")]);
    expect([first.status, outputText(await first.json())]).toEqual([200, "first"]);

    const second = await pluginTurn([
      { type: "function_call_output", call_id: "call_1", output: "42" },
      says("[[say:second]]"),
    ]);
    expect([second.status, outputText(await second.json())]).toEqual([200, "second"]);
  });

  test("a request that the gateway finds wrong comes back as it refused it", async () => {
    const response = await pluginTurn([{ role: "user", content: "no type" }]);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
    expect((await service.state()).relay.last_turn).toMatchObject({ detail: "request_refused" });
  });

  test("the deep check asks the model, once", async () => {
    const before = model.requests().length;

    expect(await service.api("/gateway/check", { method: "POST" })).toMatchObject({
      check: { ok: true, message: "pong" },
    });

    expect(model.requests().length).toBe(before + 1);
  });

  // 2026.2.9 goes on after its client has gone; its own time limit ends the turn.
  test.if(version !== "2026.2.9")("the caller's hanging up ends the model's work", async () => {
    const caller = new AbortController();
    const turn = pluginTurn([says("[[hang]]")], caller.signal).catch(() => {});
    const { closed } = await model.received(({ turn: { prompt } }) => prompt.includes("[[hang]]"));

    caller.abort();
    await turn;

    if (!closed.aborted) await new Promise((resolve) => closed.addEventListener("abort", resolve));
    expect((await service.state()).breaker.state).toBe("closed");
  });

  test("a model that refuses its key is told apart from a gateway that does, streamed or not", async () => {
    const ask = { model: "openclaw:main", input: "[[error:401]]" };
    await relayed()
      .responses.create(ask)
      .catch(() => {});
    expect((await service.state()).relay.last_turn).toMatchObject({ detail: "upstream_model_error" });
    expect((await service.checkedProbe()).ok).toBe(true);

    const events = await relayed().responses.create({ ...ask, stream: true });
    const types: string[] = [];
    // The package throws for a failure it is told of.
    try {
      for await (const { type } of events) types.push(type);
    } catch {}
    expect((await service.state()).relay.last_turn).toMatchObject({ detail: "upstream_model_error" });
    expect(types).not.toEqual([]);
    // Two in a row: whoever comes next is not made to wait. 2026.2.9 answers 200 with the failure as the model's words.
    const { status } = await pluginTurn([says("[[say:too late]]")]);
    expect(status).toBe(version === "2026.2.9" ? 200 : 503);
  });
});

/** The two versions read a tool in different shapes, and each refuses the other's. */
const lookUp = (version: string) => {
  const tool = { name: "look_up", parameters: { type: "object", properties: {} } };
  return version === "2026.2.9" ? { type: "function", function: tool } : { type: "function", ...tool };
};

const Answer = z.object({ output: z.array(z.object({ content: z.array(z.object({ text: z.string() })) })) });

const outputText = (response: unknown): string =>
  Answer.parse(response)
    .output.flatMap(({ content }) => content.map(({ text }) => text))
    .join("");

/** Each call is given ids and times of its own. */
const withoutIds = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, part) =>
      ["id", "item_id", "created_at", "_request_id"].includes(key) ? undefined : part,
    ),
  );
