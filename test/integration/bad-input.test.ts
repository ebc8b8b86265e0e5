import { describe, expect, test } from "bun:test";
import { API_TOKEN, createTestApp, readJson } from "@test/support/app.ts";

const JOBS = "/executor/jobs";
const IMPORT = "/models/import-astr";
const good = JSON.stringify({ task: "x", cwd: "/tmp" });

const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le");

describe("a body that is no JSON", () => {
  const bodies: [name: string, body: string | Uint8Array<ArrayBuffer>][] = [
    ["cut", "{"],
    ["single-quoted", "{'task':'x'}"],
    ["with a comment", '{"task":"x"} // y'],
    ["bytes that are no text", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
    ["unbalanced nesting", "[".repeat(100_000)],
    ["cut UTF-32", new Uint8Array([0x7b, 0, 0, 0, 0x7d])],
  ];
  test.each(bodies)("%s is 400 invalid_json", async (_name, body) => {
    const { api } = createTestApp();
    for (const path of [JOBS, IMPORT]) {
      const response = await api(path, undefined, { method: "POST", body });
      expect([path, response.status]).toEqual([path, 400]);
      expect(await readJson(response)).toMatchObject({
        ok: false,
        error_code: "invalid_json",
        trace_id: expect.any(String),
      });
    }
  });
});

describe("a body in another form that the predecessor took", () => {
  const bodies: [name: string, body: string | Uint8Array<ArrayBuffer>][] = [
    ["with a BOM", `\uFEFF${good}`],
    ["in UTF-16", new Uint8Array(utf16(good))],
    ["with NaN in a field nobody reads", good.replace("{", '{"x": NaN, ')],
    ["with a field twice, the last counts", good.replace("{", '{"task": "", ')],
    ["with unknown fields", good.replace("{", '{"__proto__": {"task": ""}, "y": [[[]]], ')],
    ["with a field nested deeply", good.replace("{", `{"deep": ${"[".repeat(50_000)}${"]".repeat(50_000)}, `)],
  ];
  test.each(bodies)("%s is taken", async (_name, body) => {
    const { api } = createTestApp();
    expect((await api(JOBS, undefined, { method: "POST", body })).status).toBe(200);
  });
});

describe("fields of the wrong kind", () => {
  const bodies: [name: string, path: string, body: unknown, locations: string[]][] = [
    ["an empty body", JOBS, "", ["body"]],
    ["null", JOBS, "null", ["body"]],
    ["an array", JOBS, [], ["body"]],
    ["a missing task", JOBS, {}, ["body.task"]],
    ["a number for a text", JOBS, { task: 5 }, ["body.task"]],
    ["null for a text", JOBS, { task: "x", cwd: null }, ["body.cwd"]],
    ["a lone surrogate", JOBS, '{"task": "\\ud800"}', ["body.task"]],
    ["a number for a flag", JOBS, { task: "x", allow_danger: 2 }, ["body.allow_danger"]],
    [
      "several at once, in field order",
      JOBS,
      { allow_danger: "maybe", cwd: 1, task: 2 },
      ["body.task", "body.cwd", "body.allow_danger"],
    ],
    ["NaN for a count", IMPORT, '{"astr_provider_count": NaN}', ["body.astr_provider_count"]],
    ["texts for providers", IMPORT, { providers: ["x"] }, ["body.providers.0"]],
    ["a list for an object", IMPORT, { using_provider: [] }, ["body.using_provider"]],
  ];
  test.each(bodies)("%s is 422 and says where", async (_name, path, body, locations) => {
    const { api } = createTestApp();
    const response = await api(path, body);
    const { error_code, detail } = await readJson(response);
    expect([response.status, error_code]).toEqual([422, "invalid_request"]);
    expect(detail.map(({ loc }: { loc: string[] }) => loc.join("."))).toEqual(locations);
    for (const fault of detail)
      expect(fault).toEqual({ loc: expect.any(Array), msg: expect.any(String), type: expect.any(String) });
  });
});

describe("the content type", () => {
  test.each(["application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"])(
    "%s is JSON",
    async (type) => {
      expect((await createTestApp().api(JOBS, good, { headers: { "content-type": type } })).status).toBe(200);
    },
  );

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])("%j is 415", async (type) => {
    const response = await createTestApp().api(JOBS, good, { headers: { "content-type": type } });
    expect([response.status, (await readJson(response)).error_code]).toEqual([415, "unsupported_media_type"]);
  });
});

describe("a body that is too large", () => {
  test("is refused by its length, and when it does not tell its length", async () => {
    const { api } = createTestApp();
    const large = JSON.stringify({ task: "x".repeat(2 * 1024 * 1024) });
    const stream = new Blob([large]).stream();
    for (const body of [large, stream]) {
      const response = await api(JOBS, undefined, { method: "POST", body });
      expect([response.status, (await readJson(response)).error_code]).toEqual([413, "payload_too_large"]);
    }
  });

  test("is not read at all without a token", async () => {
    const { request } = createTestApp();
    let pulled = 0;
    const body = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const response = await request("/api/v1/executor/jobs", {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(response.status).toBe(401);
    expect(pulled).toBeLessThan(3);
  });
});

test("a client that goes away in the middle of its body is no error of ours", async () => {
  const { api } = createTestApp();
  const gone = new AbortController();
  const body = new ReadableStream({
    pull(controller) {
      gone.abort();
      controller.error(gone.signal.reason);
    },
  });
  const response = await api(JOBS, undefined, { method: "POST", body, signal: gone.signal });
  expect([response.status, (await readJson(response)).error_code]).toEqual([400, "invalid_json"]);
});

test("headers missing, doubled or absurd never break an answer", async () => {
  const { request } = createTestApp();
  const strange = ["", ",", "Bearer", `Bearer ${API_TOKEN}, Bearer x`, "\u00ff".repeat(500), "a".repeat(8000)];
  for (const value of strange) {
    const response = await request("/api/v1/models", {
      headers: {
        authorization: value,
        "content-type": value,
        cookie: value,
        "accept-language": value,
        "x-trace-id": value,
      },
    });
    expect(response.status).toBeLessThan(500);
    expect((await request("/web/status", { headers: { cookie: value, "accept-language": value } })).status).toBe(200);
  }
});
