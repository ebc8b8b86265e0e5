import { describe, expect, test } from "bun:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { API_TOKEN, createTestApp, readJson } from "@test/support/app.ts";
import { serveChat } from "@test/support/chat-services.ts";
import { createReplyCheck } from "@test/support/reply-check.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import Ajv2020 from "ajv/dist/2020.js";
import { createApp } from "@/app.ts";
import { parseConfig } from "@/config.ts";
import { errorCodes } from "@/lib/errors.ts";
import { createChannels } from "@/notify/channels/create.ts";
import { documentedPath, operations } from "@/openapi/operations.ts";

const apiOperations = operations.filter(({ isOpen }) => !isOpen);
const openOperations = operations.filter(({ isOpen }) => isOpen);
/** Pages and their assets are not part of the API. */
const PAGES = /^\/(?:$|web\/|assets\/|docs(?:\/|$)|redoc$)/;

const createRoutes = () => {
  const app = createApp(createTestApp().container);
  return { app, routes: app.routes.filter(({ method, path }) => method !== "ALL" && !PAGES.test(path)) };
};

describe("the OpenAPI document", () => {
  test("is OpenAPI 3.1 by an outside validator's word, with and without a token the same", async () => {
    const { request, api } = createTestApp();
    const document = await (await api("/openapi.json")).text();
    expect(await (await request("/openapi.json")).text()).toBe(document);
    expect(await new Validator().validate(JSON.parse(document))).toEqual({ valid: true });
    expect((await request("/api/v1/openapi.json")).status).toBe(401);
  });

  test("describes every route of the API, and no other", () => {
    const served = new Set(createRoutes().routes.map(({ method, path }) => `${method} ${documentedPath(path)}`));
    expect(served).toEqual(new Set(operations.map(({ method, path }) => `${method} ${path}`)));
  });

  test("gives every operation a name of its own", () => {
    const ids = operations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("names every error where it can happen, with an example of the described shape", async () => {
    const document = await readJson(await createTestApp().request("/openapi.json"));
    const text = JSON.stringify(document.paths);
    // The first two are answers where there is no operation, the others those of pages.
    const others = ["not_found", "method_not_allowed", "login_required", "streams_full"];
    const described = errorCodes.filter((code) => !others.includes(code));
    expect(described.filter((code) => !text.includes(`"#/components/examples/${code}"`))).toEqual([]);
    const isFailure = new Ajv2020({ strict: false })
      .addSchema(document, "api")
      .getSchema("api#/components/schemas/Failure");
    for (const { value } of Object.values<{ value: unknown }>(document.components.examples)) {
      expect(isFailure?.(value)).toBe(true);
    }
  });

  test("shows bodies that its own schemas take", async () => {
    const document = await readJson(await createTestApp().request("/openapi.json"));
    const ajv = new Ajv2020({ strict: false });
    let seen = 0;
    for (const path of Object.values<Record<string, { requestBody?: { content: Record<string, Example> } }>>(
      document.paths,
    )) {
      for (const { requestBody } of Object.values(path)) {
        const { schema, example } = requestBody?.content["application/json"] ?? {};
        if (schema === undefined) continue;
        expect(ajv.validate(schema, example)).toBe(true);
        seen++;
      }
    }
    expect(seen).toBeGreaterThanOrEqual(2);
  });

  test("describes the webhook as it is sent", async () => {
    const document = await readJson(await createTestApp().request("/openapi.json"));
    const { parameters, requestBody } = document.webhooks.news.post;
    const { $ref } = requestBody.content["application/json"].schema;
    const isEvent = new Ajv2020({ strict: false, formats: { "date-time": true } })
      .addSchema(document, "api")
      .getSchema(`api${$ref}`);
    const clock = createTestClock();
    using server = serveChat(() => new Response(null, { status: 204 }), clock);
    const { notify } = parseConfig({ OPENCLAW_BACKEND_ROOT: "/nowhere", NOTIFY_WEBHOOK_URL: "https://a.example/in" });
    const [channel] = createChannels(notify, { fetch: server.fetch, clock, redact: String });

    for (const kind of document.components.schemas.NewsEvent.properties.type.enum) {
      const data = { job_id: "1", exit_code: 0, error: null };
      await channel?.send({ deliveryId: "1", kind, at: "2026-03-01T00:00:00Z", lines: ["a", "b"], data });
    }

    expect(server.seen.length).toBeGreaterThan(5);
    for (const { json, headers } of server.seen) {
      expect([json, isEvent?.(json)]).toEqual([json, true]);
      for (const { name, required } of parameters) expect([name, headers.has(name)]).toEqual([name, required]);
    }
    expect(isEvent?.({ type: "test", timestamp: "2026-03-01T00:00:00Z", data: { id: "1" } })).toBe(false);
  });
});

interface Example {
  schema?: object;
  example?: unknown;
}

describe("an answer that the document does not describe is found, be it", () => {
  const check = () => createReplyCheck(createRoutes().app);
  const job = { method: "POST", path: "/api/v1/executor/jobs" };
  const accepted = { ok: true, trace_id: "1", job_id: "2", state: "queued" };

  test("the right one, which is not", async () => {
    expect(await check()(job, Response.json(accepted))).toBeUndefined();
  });

  test.each<[string, Response]>([
    ["another status", Response.json(accepted, { status: 201 })],
    ["another type", new Response("queued")],
    ["a key too few", Response.json({ ...accepted, job_id: undefined })],
    ["a key too many", Response.json({ ...accepted, more: 1 })],
    ["an error code that belongs elsewhere", Response.json(failure("relay_busy"), { status: 429 })],
  ])("%s", async (_name, response) => {
    await expect(check()(job, response)).rejects.toThrow("see src/openapi");
  });
});

describe("every operation, asked for real, answers as described", () => {
  /** Without a gateway and without AstrBot's files, these say so. */
  const lacking: Record<string, number> = { relayTurn: 502, pullModels: 400 };

  test.each(apiOperations.map((operation) => [operation.id, operation] as const))("%s", async (id, operation) => {
    const { request, submit, untilEnded, container } = createTestApp();
    await container.start();
    const jobId = await submit({ task: "hello" });
    await untilEnded(jobId);
    const ask = (init: RequestInit, path = operation.path.replace("{job_id}", jobId)) =>
      request(path, {
        method: operation.method,
        ...(operation.body !== undefined && { body: operation.body.replace("/root", "/tmp") }),
        ...init,
        headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json", ...init.headers },
      });

    // `request` has held each of these against the document.
    expect((await ask({})).status).toBe(lacking[id] ?? 200);
    expect((await ask({ headers: { authorization: "Bearer wrong" } })).status).toBe(403);
    expect((await ask({ headers: { host: "evil.example" } })).status).toBe(403);
    if (operation.path.includes("{job_id}")) {
      expect((await ask({}, operation.path.replace("{job_id}", "no-such-job"))).status).toBe(404);
    }
    if (operation.body !== undefined) {
      expect((await ask({ headers: { "content-type": "text/plain" } })).status).toBe(415);
    }
  });

  test.each(openOperations.map(({ path }) => path))("GET %s", async (path) => {
    const { request, container } = createTestApp();
    await container.start();
    expect((await request(path)).status).toBe(200);
  });
});

const failure = (error_code: string) => ({ ok: false, trace_id: "1", error_code, error: "", hint: "" });
