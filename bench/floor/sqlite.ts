/** What reading 20 rows for each answer costs: the table and the keys of `GET /api/v1/models`. */
import { Database } from "bun:sqlite";

const db = new Database(":memory:", { strict: true });
db.run(
  "CREATE TABLE models (id INTEGER PRIMARY KEY, provider_id TEXT, model TEXT, provider_type TEXT, base_url TEXT, imported_at TEXT, source TEXT, trace_id TEXT, capability TEXT, vendor TEXT, enabled INTEGER, is_default INTEGER)",
);
const insert = db.prepare(
  "INSERT INTO models VALUES ($id, 'source/model', 'model-name', 'chat_completion', 'https://api.example/v1', '2026-01-01T00:00:00Z', 'plugin_push', '0123456789ab', 'chat', 'openai', 1, 0)",
);
for (let id = 0; id < 20; id++) insert.run({ id });
const select = db.prepare("SELECT * FROM models ORDER BY provider_id, id");
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: () => Response.json({ ok: true, models: select.all() }),
});
console.log(`http://127.0.0.1:${server.port}/web/status`);
