import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "@/db/open.ts";
import { createGatewayRepository } from "@/gateway/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "breaker-"));
const path = join(folder, "state.db");
const database = openDatabase(path);
const repository = createGatewayRepository(database.db);
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const snapshot = {
  failures: 2,
  last_error: "HTTP 502",
  opened_at: "2026-03-01T00:00:00.000Z",
  cured_by: "turn",
  gateway: "0badcafe",
} as const;

test("a breaker's state is kept by name, the last one only", () => {
  expect(repository.loadBreaker("gateway_breaker")).toBeUndefined();

  repository.saveBreaker("gateway_breaker", { ...snapshot, failures: 1, opened_at: null }, "2026-03-01T00:00:00Z");
  repository.saveBreaker("gateway_breaker", snapshot, "2026-03-01T00:00:01Z");

  expect(repository.loadBreaker("gateway_breaker")).toEqual(snapshot);
  expect(repository.loadBreaker("gateway_backup_breaker")).toBeUndefined();
});

test.each([
  "",
  "null",
  "{",
  '{"failures":-1}',
  '{"failures":2,"last_error":"","opened_at":"soon","cured_by":"turn","gateway":"0badcafe"}',
  // Of an earlier release: of whichever gateway.
  '{"failures":2,"last_error":"","opened_at":null,"cured_by":"turn"}',
])("what cannot be read (%p) counts as nothing", (value) => {
  const raw = new Database(path);
  raw.run("UPDATE service_state SET value = ? WHERE name = 'gateway_breaker'", [value]);
  raw.close();

  expect(repository.loadBreaker("gateway_breaker")).toBeUndefined();
});
