import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createTestApp, newRoot } from "@test/support/app.ts";
import { createPredecessorDatabase } from "@test/support/predecessor.ts";
import { parseResponse } from "hono/client";

test("an address that the predecessor stored whole is shown without its secrets", async () => {
  const root = newRoot();
  mkdirSync(join(root, "data"));
  const path = join(root, "data/backend_state.db");
  createPredecessorDatabase(path);
  const database = new Database(path);
  database.run("UPDATE model_snapshots SET base_url = 'https://user:hunter2@h/v1?key=sk-LEAK' WHERE id = 1");
  database.close();
  const { client, request } = createTestApp({ root });
  const { models } = await parseResponse(client.models.$get({ query: {} }));
  expect(models[0]?.base_url).toBe("https://h/v1");
  expect(await (await request("/web/models")).text()).not.toMatch(/hunter2|sk-LEAK/);
});
