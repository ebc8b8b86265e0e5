import { describe, expect, test } from "bun:test";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTestApp, readJson } from "@test/support/app.ts";
import { parseResponse } from "hono/client";
import type { HistoryPageView, ModelSourceView } from "@/models/view.ts";

const push = (...ids: string[]) => ({ providers: ids.map((id) => ({ id, model: "m" })), source: "seed" });

const createApp = () => {
  const app = createTestApp();
  const path = join(app.root, "cmd_config.json");
  return {
    ...app,
    writeConfig: (config: object) => writeFileSync(path, JSON.stringify(config)),
    touchConfig: (seconds: number) => utimesSync(path, seconds, seconds),
    removeConfig: () => rmSync(path),
    history: async (query = ""): Promise<HistoryPageView> => readJson(await app.api(`/models/history${query}`)),
    async source(): Promise<ModelSourceView> {
      // As a request from a socket does, it comes in a turn of the event loop of its own.
      await new Promise((resolve) => setImmediate(resolve));
      return (await parseResponse(app.client.status.$get())).state.model_source;
    },
  };
};

describe("the history", () => {
  test("is bounded in bytes for each sync and for a page, whatever was pushed", async () => {
    const { api, history } = createApp();
    const rows = (model: string) =>
      Array.from({ length: 240 }, (_, n) => ({
        id: `${n}${"界".repeat(500)}`,
        model: model.repeat(500),
        base_url: "no",
      }));
    for (let n = 0; n < 30; n++) {
      const answer = await api("/models/import-astr", { providers: rows("模型界"[n % 3] ?? ""), source: `s${n}` });
      expect((await answer.text()).length).toBeLessThan(100_000);
    }

    const page = await history("?limit=100");
    expect(JSON.stringify(page).length).toBeLessThan(3 * 1024 * 1024);
    expect(page.events[0]?.changes).toMatchObject({ changed_count: 240 });
    expect(page.events[0]?.warnings.at(-1)).toStartWith("more:");
    const ids: number[] = [];
    for (let before = 1000; ; ) {
      const { events, next_before } = await history(`?limit=100&before=${before}`);
      ids.push(...events.map(({ id }) => id));
      if (next_before === null) break;
      before = next_before;
    }
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("lists what each sync changed, the newest first", async () => {
    const { api, history } = createApp();
    await api("/models/import-astr", push("a", "b"));
    await api("/models/import-astr", {
      providers: [
        { id: "b", model: "n" },
        { id: "c", model: "m" },
      ],
    });

    const { events, next_before } = await history();

    expect(next_before).toBeNull();
    expect(events).toMatchObject([
      {
        provider_count: 2,
        changed: true,
        changes: {
          added: [{ provider_id: "c", model: "m" }],
          removed: [{ provider_id: "a", model: "m" }],
          changed: [{ provider_id: "b", before: { model: "m" }, after: { model: "n" } }],
        },
      },
      { changed: true, changes: { added_count: 2, removed_count: 0, changed_count: 0 } },
    ]);
  });

  test("an unchanged sync is noted, and leaves the snapshot as it was", async () => {
    const { api, client, history } = createApp();
    await api("/models/import-astr", push("a"));
    const answer = await readJson(await api("/models/import-astr", { ...push("a"), source: "again" }));

    expect(answer).toMatchObject({ ok: true, imported: { source: "again" }, changed: false });
    expect((await history()).events.map((event) => event.changed)).toEqual([false, true]);
    const { models, last_sync } = await parseResponse(client.models.$get({ query: {} }));
    expect(models).toMatchObject([{ provider_id: "a", source: "seed" }]);
    expect(last_sync?.source).toBe("again");
  });

  test("keeps warnings, trace and skipped rows with their reasons", async () => {
    const { api, history, writeConfig } = createApp();
    writeConfig({
      provider: [
        { id: "a", model: "m" },
        { id: "off", model: "m", enable: false },
      ],
    });
    await api("/models/pull-astr", {}, { headers: { "x-trace-id": "trace-7" } });

    expect((await history()).events).toMatchObject([
      {
        source: "web_pull_cmd_config",
        trace_id: "trace-7",
        warnings: ["only_enabled_provider=true"],
        skipped_count: 1,
        skipped: [{ index: 1, provider_id: "off", reason: "disabled" }],
      },
    ]);
  });

  test("is paged by id", async () => {
    const { api, history } = createApp();
    for (const id of ["a", "b", "c"]) await api("/models/import-astr", push(id));

    const first = await history("?limit=2");
    const second = await history(`?limit=2&before=${first.next_before}`);

    expect(first.events.map((event) => event.id)).toEqual([3, 2]);
    expect(second).toMatchObject({ events: [{ id: 1 }], next_before: null });
  });

  test.each(["limit=0", "limit=101", "limit=x", "before=-1"])("refuses %s", async (query) => {
    const response = await createApp().api(`/models/history?${query}`);

    expect(response.status).toBe(422);
    expect((await readJson(response)).detail).toMatchObject([{ loc: ["query", query.split("=")[0]] }]);
  });
});

describe("drift", () => {
  const config = { provider: [{ id: "a", model: "m" }], provider_settings: { default_provider_id: "a" } };

  test("shows as soon as the file changes, and ends with a pull", async () => {
    const { api, request, source, writeConfig, touchConfig } = createApp();
    writeConfig(config);
    expect((await source()).state).toBe("never_synced");
    await api("/models/pull-astr", {});
    expect(await source()).toMatchObject({ source: "cmd_config", state: "unchanged" });

    // An older file is a change, too: a restored backup.
    touchConfig(1_000_000_000);
    expect(await source()).toMatchObject({ state: "changed", modified_at: "2001-09-09T01:46:40Z" });
    expect(await (await request("/web/status")).text()).toContain("AstrBot 的配置在同步后有改动");
    expect(await (await request("/web/models")).text()).toContain("同步后已变");
    await api("/models/pull-astr", {});
    expect((await source()).state).toBe("unchanged");
  });

  test("counts from a push as well", async () => {
    const { api, source, writeConfig, removeConfig } = createApp();
    await api("/models/import-astr", push("a"));
    expect((await source()).state).toBe("missing");
    writeConfig(config);
    expect((await source()).state).toBe("changed");
    await api("/models/import-astr", push("a"));
    expect((await source()).state).toBe("unchanged");
    removeConfig();
    expect((await source()).state).toBe("missing");
  });

  test("the default provider is named, and whether it is still there", async () => {
    const { api, client, request, source, writeConfig } = createApp();
    writeConfig(config);
    await api("/models/pull-astr", {});
    expect((await source()).default_provider).toEqual({ provider_id: "a", exists: true });
    expect((await parseResponse(client.models.$get({ query: {} }))).models).toMatchObject([{ is_default: true }]);

    writeConfig({ ...config, provider_settings: { default_provider_id: "gone" } });
    await api("/models/pull-astr", {});
    expect((await source()).default_provider).toEqual({ provider_id: "gone", exists: false });
    expect(await (await request("/web/status")).text()).toContain("AstrBot 的默认模型不可用");
  });
});

test("the list comes as a file for spreadsheets, too", async () => {
  const { api } = createApp();
  await api("/models/import-astr", push("=evil", "a"));
  const response = await api("/models?format=csv");

  expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="models.csv"');
  expect(await response.text()).toContain(`\r\n"'=evil",m,`);
  expect(await readJson(await api("/models?format=json"))).toMatchObject({ ok: true, models: [{}, {}] });
  expect((await api("/models?format=xml")).status).toBe(422);
});

test("thousands of models are searched and paged on the server", async () => {
  const { api, request } = createApp();
  const ids = Array.from({ length: 250 }, (_, n) => `p${String(n).padStart(3, "0")}`);
  await api("/models/import-astr", push(...ids, "100%_\\x", "Alpha"));
  const idsOf = async (query: string) => {
    const page = await (await request(`/web/models${query}`)).text();
    return [...page.matchAll(/<tr><td><bdi>([^<]*)/g)].map(([, id]) => id);
  };

  expect(await idsOf("")).toHaveLength(50);
  expect(await idsOf("?page=6")).toEqual(ids.slice(-2));
  expect(await idsOf("?page=99")).toEqual(ids.slice(-2));
  expect(await idsOf("?q=p24")).toEqual(ids.slice(240, 250));
  expect(await idsOf("?q=alPHA")).toEqual(["Alpha"]);
  expect(await idsOf(`?q=${encodeURIComponent("%_\\")}`)).toEqual(["100%_\\x"]);
  expect(await idsOf("?q=none")).toEqual([]);
  expect(await idsOf("?q=p24&capability=chat")).toEqual(ids.slice(240, 250));
  expect(await idsOf("?q=p24&capability=rerank")).toEqual([]);
  expect(await idsOf("?q=p24&capability=%27%20OR%201=1--")).toEqual(ids.slice(240, 250));
  const second = await (await request("/web/models?q=p&capability=chat&page=2")).text();
  expect(second).toContain('href="/web/models?q=p&amp;capability=chat&amp;page=3#models"');
});
