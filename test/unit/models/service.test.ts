import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture } from "@test/support/fixtures.ts";
import { silentLogger } from "@test/support/silent-logger.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createAudit } from "@/audit/audit.ts";
import { type OpenDatabase, openDatabase } from "@/db/open.ts";
import { createLockRetry } from "@/lib/retry.ts";
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

const createService = (config: Partial<AstrbotConfig> = {}) => {
  const clock = {
    ...createTestClock(NOW),
    // A broken file is read again at once.
    schedule(_delayMs: number, callback: () => void) {
      queueMicrotask(callback);
      return () => {};
    },
  };
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
        params_summary: { source_mode: "cmd_config_then_export", warnings },
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
