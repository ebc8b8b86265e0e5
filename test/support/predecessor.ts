import { Database } from "bun:sqlite";

const STATES = ["queued", "running", "succeeded", "failed", "canceled"];

/** A database as the Python service left it (contract): 20 models, 5 syncs, 300 jobs in all states. */
export const createPredecessorDatabase = (path: string): void => {
  const database = new Database(path, { create: true });
  database.run("PRAGMA journal_mode = delete");
  database.run(
    "CREATE TABLE model_snapshots (id INTEGER PRIMARY KEY AUTOINCREMENT, provider_id TEXT NOT NULL, model TEXT NOT NULL, provider_type TEXT NOT NULL DEFAULT '', base_url TEXT NOT NULL DEFAULT '', imported_at TEXT NOT NULL, source TEXT NOT NULL, trace_id TEXT NOT NULL)",
  );
  database.run(
    "CREATE TABLE sync_events (id INTEGER PRIMARY KEY AUTOINCREMENT, imported_at TEXT NOT NULL, source TEXT NOT NULL, provider_count INTEGER NOT NULL, trace_id TEXT NOT NULL)",
  );
  database.run(
    "CREATE TABLE executor_jobs (job_id TEXT PRIMARY KEY, state TEXT NOT NULL, executor TEXT NOT NULL, task TEXT NOT NULL, cwd TEXT NOT NULL, permission_level TEXT NOT NULL, allow_danger INTEGER NOT NULL, created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT, result_text TEXT, error_code TEXT, error TEXT, trace_id TEXT NOT NULL)",
  );
  const at = (n: number) => new Date(Date.UTC(2026, 1, 13) + n * 1000).toISOString().replace(".000", "");
  database.transaction(() => {
    for (let n = 0; n < 5; n++) {
      database.run("INSERT INTO sync_events VALUES (NULL, ?, 'plugin_push', 20, ?)", [at(n), `sync-${n}`]);
    }
    for (let n = 0; n < 20; n++) {
      const values = [`提供商/${n}`, `model-${n}`, "chat_completion", `https://h${n}.example/v1`, at(4), "sync-4"];
      database.run("INSERT INTO model_snapshots VALUES (NULL, ?, ?, ?, ?, ?, 'plugin_push', ?)", values);
    }
    for (let n = 0; n < 300; n++) {
      const state = STATES[n % STATES.length] ?? "";
      const wasStarted = !(state === "queued" || (state === "canceled" && n % 2 === 0));
      const isFinal = state !== "queued" && state !== "running";
      database.run("INSERT INTO executor_jobs VALUES (?, ?, 'codex', ?, '/root', 'L3', ?, ?, ?, ?, ?, ?, ?, ?)", [
        n.toString(16).padStart(16, "0"),
        state,
        `任务 ${n} 😀`,
        n % 7 === 0 ? 1 : 0,
        at(n),
        wasStarted ? at(n + 1) : null,
        isFinal ? at(n + 2) : null,
        state === "succeeded" ? `result ${n}` : isFinal ? "" : null,
        state === "failed" ? "executor_nonzero_exit" : state === "canceled" ? "canceled_by_user" : isFinal ? "" : null,
        state === "failed" ? "codex exit code=1" : isFinal ? "" : null,
        `trace-${n}`,
      ]);
    }
  })();
  database.close();
};
