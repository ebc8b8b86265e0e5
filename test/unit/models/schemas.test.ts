import { describe, expect, test } from "bun:test";
import { ImportBody } from "@/models/schemas.ts";

const fields = (body: unknown) => ImportBody.safeParse(body).error?.issues.map((issue) => issue.path.join("."));

test("an empty object has every default", () => {
  expect(ImportBody.parse({})).toEqual({
    exported_at: "",
    astr_provider_count: 0,
    using_provider: null,
    providers: [],
    source: "plugin_push",
  });
});

test("unknown keys are ignored", () => expect(ImportBody.parse({ foo: 1 })).not.toHaveProperty("foo"));

describe("astr_provider_count", () => {
  test.each([2, 2.0, "2", " 2 ", true])("takes %j", (count) => {
    expect(fields({ astr_provider_count: count })).toBeUndefined();
  });

  test.each([1.5, "1.5", "two", "", null, {}, Infinity])("refuses %j", (count) => {
    expect(fields({ astr_provider_count: count })).toEqual(["astr_provider_count"]);
  });
});

test("only using_provider may be null", () => {
  const body = { exported_at: null, astr_provider_count: null, using_provider: null, providers: null, source: null };

  expect(fields(body)).toEqual(["exported_at", "astr_provider_count", "providers", "source"]);
});

test.each([[[]], ["a"], [1]])("using_provider is not %j", (using_provider) => {
  expect(fields({ using_provider })).toEqual(["using_provider"]);
});

test("each provider must be an object", () => {
  expect(fields({ providers: ["x", {}, null, []] })).toEqual(["providers.0", "providers.2", "providers.3"]);
});

describe("source", () => {
  test.each([
    [" seed ", "seed"],
    ["来源", "来源"],
    ["   ", "manual_api"],
    ["", "manual_api"],
  ])("%j is stored as %j", (source, stored) => expect(ImportBody.parse({ source }).source).toBe(stored));

  test.each(["\ud800", "a".repeat(257)])("refuses %j", (source) => expect(fields({ source })).toEqual(["source"]));
});

const labels: [given: string, kept: string][] = [
  [" plugin_push ", "plugin_push"],
  ["来源 2", "来源 2"],
  ["https://user:hunter2@h.example/v1?key=abc#frag", "https://h.example/v1"],
  ["see https://user:hunter2@h.example", "***"],
  ["sk-0123456789abcdef", "***"],
];
test.each(labels)("the source %j is kept as %j, since open pages show it", (given, kept) => {
  expect(ImportBody.parse({ source: given }).source).toBe(kept);
});

describe("providers", () => {
  test("are at most so many", () => {
    expect(fields({ providers: Array(2000).fill({}) })).toBeUndefined();
    expect(fields({ providers: Array(2001).fill({}) })).toEqual(["providers"]);
  });

  test("that are no objects are named, the first hundred of them", () => {
    expect(fields({ providers: [{}, 1, {}, null, []] })).toEqual(["providers.1", "providers.3", "providers.4"]);
    expect(fields({ providers: Array(2000).fill("x") })).toHaveLength(100);
  });
});
