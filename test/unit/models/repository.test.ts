import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenDatabase, openDatabase } from "@/db/open.ts";
import { createModelRepository, type ModelRepository } from "@/models/repository.ts";
import type { ProviderDetailView } from "@/models/view.ts";

let folder: string;
let database: OpenDatabase;
let repository: ModelRepository;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "models-repository-"));
  database = openDatabase(join(folder, "state.db"));
  repository = createModelRepository(database.db);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const provider = (provider_id: string, model = "m"): ProviderDetailView => ({
  provider_id,
  model,
  provider_type: "",
  base_url: "",
  capability: "chat",
  vendor: "",
  enabled: true,
  is_default: false,
});

const event = (source: string, provider_count: number) => ({
  imported_at: "2026-03-01T00:00:00Z",
  source,
  provider_count,
  trace_id: "t",
  changed: true,
  detail: "{}",
});

const stored = () => repository.list().map((row) => [row.provider_id, row.model, row.source]);

test("a fresh database has no models and no sync", () => {
  expect(repository.list()).toEqual([]);
  expect(repository.lastSync()).toBeUndefined();
});

test("models come by the bytes of their id, and those that repeat in the order they came in", () => {
  const ids = ["beta", "😀", "\uff5e", "Alpha", "a", "", "中文"];
  repository.addSync(event("s", 8), [...ids.map((id) => provider(id)), provider("a", "second")]);

  const byBytes = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(repository.list().map((row) => row.provider_id)).toEqual(
    byBytes.flatMap((id) => (id === "a" ? [id, id] : [id])),
  );
  expect(stored().filter(([id]) => id === "a")).toEqual([
    ["a", "m", "s"],
    ["a", "second", "s"],
  ]);
});

test("each sync replaces the models and adds an event", () => {
  repository.addSync(event("first", 2), [provider("a"), provider("b")]);
  repository.addSync(event("second", 1), [provider("c")]);

  expect(stored()).toEqual([["c", "m", "second"]]);
  expect(repository.lastSync()).toMatchObject(event("second", 1));
  expect(database.db.all("SELECT id FROM sync_events")).toHaveLength(2);
});

test("a sync that fails half-way leaves the old models, and no transaction behind it", () => {
  repository.addSync(event("first", 1), [provider("a")]);
  database.db.run(`
    create trigger refuse before insert on model_snapshots when new.provider_id = 'bad'
    begin select raise(abort, 'refused'); end`);

  expect(() => repository.addSync(event("second", 2), [provider("b"), provider("bad")])).toThrow();
  expect(stored()).toEqual([["a", "m", "first"]]);

  // The predecessor's next commit wiped the models here.
  repository.addSync(event("third", 1), [provider("c")]);
  expect(stored()).toEqual([["c", "m", "third"]]);
});

test("old syncs go by number and by what they hold, some at a time; the newest stays", () => {
  const large = "x".repeat(1024 * 1024);
  const bytes = () =>
    repository.syncs({ before: 1e9, limit: 1e6 }).reduce((sum, sync) => sum + (sync.detail?.length ?? 0), 0);
  for (let n = 0; n < 30; n++) repository.addSync({ ...event(String(n), 1), detail: large });
  expect(bytes()).toBe(4 * large.length);

  repository.addSync({ ...event("newest", 1), detail: large.repeat(5) });
  expect(repository.syncs({ before: 1e9, limit: 10 }).map(({ source }) => source)).toEqual(["newest"]);

  for (let n = 0; n < 1010; n++) repository.addSync(event("small", 1));
  expect(repository.syncs({ before: 1e9, limit: 1e6 }).length).toBe(1000);
});
