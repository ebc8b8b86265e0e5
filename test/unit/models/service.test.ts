import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture } from "@test/support/fixtures.ts";
import { silentLogger } from "@test/support/silent-logger.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createAudit } from "@/audit/audit.ts";
import { type OpenDatabase, openDatabase } from "@/db/open.ts";
import type { Clock } from "@/lib/clock.ts";
import type { Fetch } from "@/lib/http.ts";
import { createLockRetry } from "@/lib/retry.ts";
import { createAstrbotApi } from "@/models/astrbot/api.ts";
import { REREAD_DELAY_MS } from "@/models/astrbot/source.ts";
import type { AstrbotConfig } from "@/models/pull.ts";
import { createModelRepository } from "@/models/repository.ts";
import { ImportBody } from "@/models/schemas.ts";
import { createModelService, EmptyImportError } from "@/models/service.ts";

const NOW = "2026-03-01T00:00:00Z";
const CMD_MISSING = "Astr 配置文件不存在: /missing/cmd_config.json";
const EXPORT_MISSING = "插件导出文件不存在: /missing/export.json";

let folder: string;
let database: OpenDatabase;
let auditLines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "models-service-"));
  database = openDatabase(join(folder, "state.db"));
  auditLines = [];
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const unreachable: Fetch = () => Promise.reject(Object.assign(new Error("no"), { code: "ECONNREFUSED" }));

/** A broken file is read again at once. */
const hurried = (): Clock => ({
  ...createTestClock(NOW),
  schedule(delayMs, callback) {
    if (delayMs <= REREAD_DELAY_MS) queueMicrotask(callback);
    return () => {};
  },
});

const createService = (config: Partial<AstrbotConfig> = {}, fetch: Fetch = unreachable, clock: Clock = hurried()) => {
  const turns = async () => {};
  const sink = { write: (line: string) => void auditLines.push(line), close: () => {} };
  return createModelService({
    retryWhileLocked: createLockRetry({ clock }),
    turns,
    repository: createModelRepository(database.db),
    config: {
      cmdConfigPath: "/missing/cmd_config.json",
      pluginExportPath: "/missing/export.json",
      pullMode: "cmd_config_then_export",
      requireEnabled: true,
      ...config,
    },
    api: createAstrbotApi({ url: "http://astrbot:6185", key: "abk_key", fetch, clock }),
    audit: createAudit({ sink, clock, logger: silentLogger }),
    clock,
    logger: silentLogger,
  });
};

const file = (json: unknown): string => {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  writeFileSync(path, JSON.stringify(json));
  return path;
};

const audited = (): unknown[] => auditLines.map((line) => JSON.parse(line));
const request = { traceId: "trace-1", channel: "api", locale: "zh-CN" } as const;
const push = (providers: object[]) => ImportBody.parse({ source: "seed", providers });
const A = { provider_id: "a", model: "m", provider_type: "", base_url: "" };
const CHAT = { capability: "chat", vendor: "", enabled: true, is_default: false } as const;
const cmdConfig = { provider: [{ id: "a", model: "m" }] };
const pluginExport = { providers: [{ id: "b", model: "n" }], using_provider: { id: "b", model: "n" } };

describe("an import", () => {
  test("stores the usable rows, names the others and is recorded", async () => {
    const service = createService();

    const { imported, report, changed } = await service.importPushed(
      push([{ id: "a", model: "m", key: "sk-1" }, { id: "b" }]),
      "trace-1",
    );

    expect(imported).toEqual({ imported_at: NOW, source: "seed", provider_count: 1, trace_id: "trace-1" });
    expect(changed).toBe(true);
    expect(report).toEqual({
      skipped_count: 1,
      skipped: [{ index: 1, provider_id: "b", reason: "missing", field: "model" }],
      warnings: [],
    });
    expect(service.list()).toEqual([{ ...A, ...CHAT, imported_at: NOW, source: "seed" }]);
    expect(service.lastSync()).toEqual(imported);
    expect(audited()).toEqual([
      {
        time: NOW,
        trace_id: "trace-1",
        action_category: "model_sync",
        action_type: "import_astr_models",
        status: "ok",
        error_code: "",
        error: "",
        denied: false,
        decision_reason: "model_import",
        params_summary: { source: "seed", provider_count: 1 },
      },
    ]);
  });

  test.each([[[]], [[{ id: "b" }, { model: "m" }]]])("of %j is refused and changes nothing", async (providers) => {
    const service = createService();
    await service.importPushed(push([{ id: "a", model: "m" }]), "trace-1");

    const attempt = () => service.importPushed(push(providers), "trace-2");

    await expect(attempt()).rejects.toBeInstanceOf(EmptyImportError);
    await expect(attempt()).rejects.toEqual(
      expect.objectContaining({ report: expect.objectContaining({ skipped_count: providers.length }) }),
    );
    expect(service.list()).toHaveLength(1);
    expect(service.lastSync()?.trace_id).toBe("trace-1");
  });
});

describe("a pull", () => {
  test("takes cmd_config first", async () => {
    const service = createService({ cmdConfigPath: file(cmdConfig), pluginExportPath: file(pluginExport) });

    const result = await service.pull(request);

    expect(result).toEqual({
      ok: true,
      view: {
        ok: true,
        source_mode: "cmd_config_then_export",
        source_used: "cmd_config",
        provider_count: 1,
        using_provider: null,
        providers: [{ ...A, ...CHAT }],
        warnings: ["only_enabled_provider=true"],
        agent_runner: null,
        fallback_provider_ids: [],
        failures: [],
        error_code: "",
        error: "",
      },
      imported: { imported_at: NOW, source: "web_pull_cmd_config", provider_count: 1, trace_id: "trace-1" },
      changed: true,
      changes: {
        added_count: 1,
        removed_count: 0,
        changed_count: 0,
        added: [{ provider_id: "a", model: "m" }],
        removed: [],
        changed: [],
      },
      report: { skipped_count: 0, skipped: [] },
    });
    expect(service.list()).toEqual([{ ...A, ...CHAT, imported_at: NOW, source: "web_pull_cmd_config" }]);
    expect(audited()).toMatchObject([
      {
        action_type: "pull_astr_models",
        status: "ok",
        denied: false,
        decision_reason: "pull_success",
        params_summary: {
          source_mode: "cmd_config_then_export",
          source_used: "cmd_config",
          provider_count: 1,
          warnings: ["only_enabled_provider=true"],
        },
      },
    ]);
  });

  test("has no warning when the filter is off", async () => {
    const service = createService({ cmdConfigPath: file(cmdConfig), requireEnabled: false });

    expect((await service.pull(request)).view.warnings).toEqual([]);
  });

  test.each([
    [undefined, "astr_config_not_found"],
    ["text", "astr_config_parse_failed"],
    [{ provider: 5 }, "astr_config_parse_failed"],
    [{ provider: [] }, "astr_provider_empty"],
  ])("falls back to the export when cmd_config is %j", async (json, code) => {
    const cmdConfigPath = json === undefined ? "/missing/cmd_config.json" : file(json);
    const service = createService({ cmdConfigPath, pluginExportPath: file(pluginExport) });

    const { view, imported } = await service.pull(request);

    expect(view).toMatchObject({ source_used: "plugin_export", warnings: [`cmd_config_failed:${code}`] });
    expect(view.using_provider).toEqual({ ...A, provider_id: "b", model: "n" });
    expect(view.failures).toMatchObject([{ source: "cmd_config", error_code: code }]);
    expect(imported?.source).toBe("web_pull_plugin_export");
  });

  test("names why each source failed, and leaves the stored models unchanged", async () => {
    const service = createService();
    await service.importPushed(push([{ id: "a", model: "m" }]), "trace-0");
    auditLines = [];

    const result = await service.pull({ ...request, channel: "web" });

    const error = `cmd_config=${CMD_MISSING}; plugin_export=${EXPORT_MISSING}`;
    const warnings = ["cmd_config:astr_config_not_found", "plugin_export:plugin_export_not_found"];
    expect(result).toMatchObject({
      ok: false,
      imported: null,
      view: {
        ok: false,
        source_used: "",
        provider_count: 0,
        using_provider: null,
        providers: [],
        warnings,
        error_code: "pull_all_sources_failed",
        error,
      },
    });
    expect(service.lastSync()?.source).toBe("seed");
    expect(audited()).toEqual([
      {
        time: NOW,
        trace_id: "trace-1",
        action_category: "model_sync",
        action_type: "pull_astr_models_web",
        status: "failed",
        error_code: "pull_all_sources_failed",
        error,
        denied: true,
        decision_reason: "web_pull_failed",
        params_summary: { source_mode: "cmd_config_then_export", warnings, error_detail: expect.any(Array) },
      },
    ]);
  });

  test.each([
    ["cmd_config_only", "cmd_config", "astr_config_not_found", CMD_MISSING],
    ["plugin_export_only", "plugin_export", "plugin_export_not_found", EXPORT_MISSING],
  ] as const)("by %s tries only that one", async (pullMode, source_used, error_code, error) => {
    const { view } = await createService({ pullMode }).pull(request);

    expect(view).toMatchObject({ source_mode: pullMode, source_used, warnings: [], error_code, error });
  });

  test("names the rows of a source that had no usable one", async () => {
    const cmdConfigPath = file({ provider: [{ id: "a" }, { id: "b", model: "m", enable: false }] });

    const { view, report } = await createService({ cmdConfigPath, pullMode: "cmd_config_only" }).pull(request);

    expect(view.error).toBe("Astr 配置中没有可用 provider 元数据。");
    expect(report.skipped.map((row) => row.reason)).toEqual(["missing", "disabled"]);
  });

  test("explains a failure in English on request, within 280 characters", async () => {
    const cmdConfigPath = `/missing/${"😀".repeat(50)}`;
    const short = await createService({ cmdConfigPath, pullMode: "cmd_config_only" }).pull({
      ...request,
      locale: "en",
    });
    const long = await createService({ cmdConfigPath: `/${"x/".repeat(400)}` }).pull(request);

    expect(short.view.error).toBe(`AstrBot configuration file not found: ${cmdConfigPath}`);
    expect([...long.view.error]).toHaveLength(280);
  });
});

describe("a pull by AstrBot's API", () => {
  const source = {
    id: "s",
    type: "openai_chat_completion",
    key: ["FAKE-SECRET"],
    api_base: "http://u:FAKE-SECRET@h/v1",
  };
  const merged = { ...source, id: "s/m", enable: true, provider_source_id: "s", model: "m" };
  const rerank = { id: "r", type: "vllm_rerank", provider_type: "rerank", enable: true, rerank_api_key: "FAKE-SECRET" };
  const ok = (data: object) => Response.json({ status: "ok", message: null, data });
  /** AstrBot as of v4.26, whose rows have their source's fields. */
  const answering =
    (list: () => { providers: object[]; provider_sources: object[] }): Fetch =>
    async (url) =>
      ok(url.endsWith("/providers") ? { providers: list().providers } : list());
  const one = { providers: [merged], provider_sources: [source] };

  test("stores what a pull of its file would", async () => {
    const cmdConfigPath = file({
      provider: [{ id: "s/m", enable: true, provider_source_id: "s", model: "m" }, rerank],
      provider_sources: [source],
    });
    const lists = { providers: [merged, rerank], provider_sources: [source] };
    const service = createService(
      { cmdConfigPath, pullMode: "api_only" },
      answering(() => lists),
    );

    const byFile = await createService({ cmdConfigPath, pullMode: "cmd_config_only" }).pull(request);
    const byApi = await service.pull(request);

    expect(byApi.view.providers).toEqual(byFile.view.providers);
    expect(byApi).toMatchObject({ ok: true, changed: false, imported: { source: "web_pull_astrbot_api" } });
    expect(byApi.view.warnings).toEqual(["only_enabled_provider=true", "default_not_in_api"]);
    expect(JSON.stringify([byApi, service.list()])).not.toContain("FAKE-SECRET");
  });

  test("falls back to the file, and names the API's failure", async () => {
    const service = createService({ cmdConfigPath: file(cmdConfig), pullMode: "api_then_cmd_config" });

    const { view } = await service.pull(request);

    expect(view).toMatchObject({ ok: true, source_used: "cmd_config" });
    expect(view.warnings).toContain("astrbot_api_failed:astr_api_unreachable");
    expect((await service.sourceState()).state).toBe("unreadable");
  });

  test("fails in words, with what to do, and keeps the stored models", async () => {
    const service = createService({ pullMode: "api_only" }, async () => Response.json({}, { status: 502 }));
    await service.importPushed(push([{ id: "a", model: "m" }]), "trace-0");

    const result = await service.pull(request);

    expect(result).toMatchObject({ ok: false, view: { source_used: "astrbot_api", error_code: "astr_api_unusable" } });
    expect(result.view.error).toBe("AstrBot 的 API 应答无法使用: 应答的不是 AstrBot (HTTP 502): http://astrbot:6185");
    expect(service.list()).toHaveLength(1);
  });

  test("an empty list names the rows that could not be used", async () => {
    const lists = { providers: [{ ...merged, enable: false }], provider_sources: [] };
    const { view, report } = await createService(
      { pullMode: "api_only" },
      answering(() => lists),
    ).pull(request);

    expect(view.error_code).toBe("astr_provider_empty");
    expect(report.skipped).toMatchObject([{ provider_id: "s/m", reason: "disabled" }]);
  });

  test("a change of its list is seen by a look, each minute at most", async () => {
    let lists: { providers: object[]; provider_sources: object[] } = one;
    let requests = 0;
    const fetch: Fetch = (...args) => {
      requests += 1;
      return answering(() => lists)(...args);
    };
    const clock = createTestClock(NOW);
    const service = createService({ pullMode: "api_only" }, fetch, clock);
    await service.pull(request);
    expect((await service.sourceState()).state).toBe("unchanged");

    lists = { ...one, providers: [merged, { ...merged, id: "s/n", model: "n" }] };
    await clock.advance(59_999);
    expect((await service.sourceState()).state).toBe("unchanged");
    expect(requests).toBe(2);
    await clock.advance(1);
    expect(await service.sourceState()).toMatchObject({ source: "astrbot_api", state: "changed", modified_at: null });
    await Promise.all(Array.from({ length: 10 }, service.sourceState));
    expect(requests).toBe(4);

    await service.pull(request);
    expect((await service.sourceState()).state).toBe("unchanged");
    // Another key, another address: nothing that is stored.
    lists = { ...lists, providers: lists.providers.map((row) => ({ ...row, key: ["other"], timeout: 1 })) };
    await clock.advance(60_000);
    expect((await service.sourceState()).state).toBe("unchanged");
  });

  test("a look that hangs keeps no page waiting, and ends after a pull without undoing it", async () => {
    const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isHeld = true;
    const fetch: Fetch = async (url, init) => {
      asked.resolve();
      if (isHeld) await held.promise;
      return answering(() => one)(url, init);
    };
    const clock = createTestClock(NOW);
    const service = createService({ pullMode: "api_only" }, fetch, clock);
    const imported = service.importPushed(push([{ id: "a", model: "m" }]), "trace-0");
    await asked.promise;
    await clock.advance(25);
    await imported;
    expect((await service.sourceState()).state).toBe("not_checked");

    isHeld = false;
    await service.pull(request);
    held.resolve();
    await clock.advance(0);
    expect((await service.sourceState()).state).toBe("unchanged");
  });
});

test("no secret of AstrBot's files reaches an answer, the database or the audit log", async () => {
  const answers: unknown[] = [];
  for (const name of ["v3", "v4_sources", "v428_agent_runner", "truncated", "wrong_shapes"]) {
    const cmdConfigPath = fixture(`astrbot/cmd_config_${name}.json`);
    const service = createService({ cmdConfigPath, pullMode: "cmd_config_only", requireEnabled: false });
    answers.push(await service.pull(request), service.list());
  }
  const pushed = {
    providers: [
      { id: "a", model: "m", key: "FAKE-SECRET", base_url: "https://FAKE-SECRET@h/sk-FAKE-SECRET-1?k=FAKE-SECRET" },
    ],
    using_provider: { api_key: "FAKE-SECRET" },
  };
  answers.push(await createService().importPushed(ImportBody.parse(pushed), "t"), createService().list());
  database.db.run("PRAGMA wal_checkpoint(TRUNCATE)");

  expect(JSON.stringify(answers)).not.toContain("FAKE-SECRET");
  expect(auditLines.join("")).not.toContain("FAKE-SECRET");
  expect(readFileSync(join(folder, "state.db")).includes("FAKE-SECRET")).toBe(false);
});
