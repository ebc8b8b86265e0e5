import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestApp, newRoot } from "@test/support/app.ts";
import { fixture } from "@test/support/fixtures.ts";
import fc from "fast-check";
import { parseResponse } from "hono/client";
import { systemClock } from "@/lib/clock.ts";
import { createLogger } from "@/lib/logger.ts";
import { readCmdConfig, readPluginExport } from "@/models/astrbot/config.ts";

const MARKER = "FAKE-SECRET";
const files = readdirSync(fixture("astrbot")).map((name) => readFileSync(fixture(`astrbot/${name}`)));
const documents = files.flatMap((bytes) => {
  try {
    return [JSON.parse(bytes.toString("utf8").replace(/^\uFEFF/, "")) as unknown];
  } catch {
    return [];
  }
});

/** Keys that are stored. A secret that someone typed in as an id or a model is what they asked to have shown. */
const SHOWN = [
  "id",
  "provider_id",
  "model",
  "provider_type",
  "type",
  "provider",
  "vendor",
  "name",
  "default_provider_id",
  "fallback_provider_ids",
  "fallback_chat_models",
];
const SHOWN_MODELS = /_model(?:_name)?$|_agent_runner_provider_id$/;

/** Anything JSON can hold, secrets among it. */
const secretValue = fc.oneof(
  fc.constantFrom(
    `sk-${MARKER}-99`,
    `https://user:${MARKER}@h.example/v1?key=${MARKER}#${MARKER}`,
    `https://h.example/v1/sk-${MARKER}-98/chat`,
    `https://h.example/${MARKER}=1`,
    `bob:${MARKER}@host`,
    `https://h.example/\r\n${MARKER}`,
  ),
  fc.constantFrom<unknown>([`sk-${MARKER}-97`], { api_key: `${MARKER}` }),
);
const plainValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(null, "", "__proto__", "\ud800", Number.POSITIVE_INFINITY),
);

/** Every place of a document, as the keys that lead there. */
const placesOf = (value: unknown, path: string[] = []): string[][] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, child]) => [[...path, key], ...placesOf(child, [...path, key])])
    : [];

const replaceAt = (value: unknown, [key, ...rest]: string[], replacement: unknown): unknown => {
  if (key === undefined) return replacement;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) };
  copy[key] = replaceAt(copy[key], rest, replacement);
  return copy;
};

/** A document of AstrBot's with values replaced at random places; secrets only where none belongs on show. */
const mutated = fc.constantFrom(...documents).chain((document) => {
  const places = placesOf(document);
  const change = fc.constantFrom(...places).chain((place) => {
    const key = place.findLast((part) => !/^\d+$/.test(part)) ?? "";
    const isShown = SHOWN.includes(key) || SHOWN_MODELS.test(key);
    return fc.record({ place: fc.constant(place), value: isShown ? plainValue : fc.oneof(plainValue, secretValue) });
  });
  return fc
    .array(change, { maxLength: 6 })
    .map((changes) => changes.reduce((result, { place, value }) => replaceAt(result, place, value), document));
});

const runSoon = (_delayMs: number, callback: () => void) => {
  queueMicrotask(callback);
  return () => {};
};

/** The bytes of a file as they may be found: cut, with bytes knocked over, with BOMs. */
const damaged = fc
  .record({
    bytes: fc.oneof(
      fc.constantFrom<Uint8Array>(...files),
      mutated.map((json) => new TextEncoder().encode(JSON.stringify(json))),
    ),
    end: fc.oneof(
      { weight: 2, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    ),
    boms: fc.nat({ max: 3 }),
    flips: fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat({ max: 255 }) }), {
      maxLength: 2,
    }),
  })
  .map(({ bytes, end, boms, flips }) => {
    const copy = Buffer.concat([...Array<Buffer>(boms).fill(Buffer.from("\uFEFF")), bytes]).subarray(0);
    for (const { at, byte } of flips) copy[Math.floor(at * (copy.length - 1))] = byte;
    return copy.subarray(0, Math.ceil(copy.length * end));
  });

test("no document makes a reader throw, and no reader lets a secret through", () => {
  fc.assert(
    fc.property(fc.oneof(mutated, fc.jsonValue()), fc.boolean(), (json, requireEnabled) => {
      for (const outcome of [readCmdConfig(json, { requireEnabled }), readPluginExport(json)]) {
        expect(JSON.stringify(outcome)).not.toContain(MARKER);
        if (outcome.kind !== "read") continue;
        for (const provider of outcome.providers) {
          expect(provider.provider_id).not.toBe("");
          expect(JSON.stringify(provider).isWellFormed()).toBe(true);
        }
      }
      expect(Object.keys(Object.prototype)).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test("whatever a file holds, a pull answers, keeps the old models when it fails, and lets no secret out", async () => {
  const home = newRoot();
  const app = createTestApp({
    root: home,
    // The real log, and no wait before the second look at a broken file.
    logger: createLogger({ path: join(home, "backend.log"), onFailure() {} }),
    clock: { ...systemClock, schedule: runSoon },
  });
  const { api, client, request, browserPost, root, container } = app;
  await api("/models/import-astr", { providers: [{ id: "seed", model: "m" }] });
  let stored = (await parseResponse(client.models.$get({ query: {} }))).models;

  await fc.assert(
    fc.asyncProperty(damaged, async (bytes) => {
      writeFileSync(join(root, "cmd_config.json"), bytes);
      writeFileSync(join(root, "export.json"), bytes);
      const form = new FormData();
      form.set("file", new File([new Uint8Array(bytes)], "x.json"));
      const answers = [
        await api("/models/pull-astr", {}),
        await api("/models/import-astr", undefined, { method: "POST", body: new Uint8Array(bytes) }),
        await browserPost("/web/models/pull-astr"),
        await browserPost("/web/models/import", { body: form }),
        await request("/web/models"),
        await api("/models/history?limit=5"),
      ];
      const listed = (await parseResponse(client.models.$get({ query: {} }))).models;
      for (const answer of answers) {
        expect(answer.status).not.toBe(500);
        expect((await answer.text()) + (answer.headers.get("location") ?? "")).not.toContain(MARKER);
      }
      if (answers.slice(0, 2).every((answer) => !answer.ok)) expect(listed).toEqual(stored);
      expect(listed).not.toEqual([]);
      stored = listed;
    }),
    { numRuns: 150 },
  );

  await container.stop();
  const written = ["backend.log", "data/backend_state.db", "logs/backend/audit.jsonl"];
  for (const file of written) {
    const bytes = readFileSync(join(root, file));
    expect(bytes.length).toBeGreaterThan(0);
    expect(bytes.includes(MARKER)).toBe(false);
  }
}, 60_000);
