import { describe, expect, test } from "bun:test";
import { translate } from "@/locales/translate.ts";
import { defaultCommands } from "@/status/host-commands.ts";
import { readCheckNotice, readModelsNotice } from "@/views/notices.tsx";
import type { Notice } from "@/views/ui.tsx";

const t = translate("en");
const textOf = (notice: Notice | undefined) => String(notice?.text).replace(/<\/?bdi[^>]*>/g, "");

describe("a pull", () => {
  const read = (query: Record<string, string>) => readModelsNotice(query, t);
  const succeeded = (source: string, count: string) => t("pull.succeeded", { source, count });
  const failed = (reason: string) => t("pull.failed", { reason });

  test("shows what our own redirect says", () => {
    const success = read({ pull: "ok", source_used: "plugin_export", provider_count: "12" });
    expect(success?.tone).toBe("ok");
    expect(textOf(success)).toBe(succeeded(t("models.from.plugin_export"), "12"));
    const failure = read({ pull: "fail", error_code: "astr_config_not_found", reason: "不存在: /x" });
    expect(failure?.tone).toBe("fault");
    expect(textOf(failure)).toBe(failed("不存在: /x"));
  });

  test("fills in what is missing", () => {
    expect(textOf(read({ pull: " OK " }))).toBe(succeeded("unknown", "0"));
    expect(textOf(read({ pull: "Fail", reason: "  " }))).toBe(failed("unknown"));
  });

  test("shows nothing without a known result", () => {
    expect(read({})).toBeUndefined();
    for (const pull of ["", "maybe", "okay"]) expect(read({ pull })).toBeUndefined();
  });

  test("shows no text of a forged link but a short reason", () => {
    const forged = read({ pull: "ok", source_used: "evil.example", provider_count: "-1e9" });
    expect(textOf(forged)).toBe(succeeded("unknown", "0"));
    const long = read({ pull: "fail", error_code: "Call 555-0100", reason: "😀".repeat(1000) });
    expect(textOf(long)).toBe(failed("😀".repeat(300)));
  });

  test("has a fix for its own codes only", () => {
    const fix = (error_code: string) => read({ pull: "fail", error_code })?.fix;
    expect(fix("astr_config_not_found")).toContain("ASTRBOT_CMD_CONFIG_PATH");
    expect(fix("mem_heavy_reject")).toContain("free -m");
    for (const code of ["unknown", "constructor", "__proto__"]) expect(fix(code)).toBeUndefined();
  });
});

test("an import by hand shows its count, and nothing else from the link", () => {
  expect(textOf(readModelsNotice({ import: "ok", provider_count: "3" }, t))).toBe(t("import.stored", { count: "3" }));
  expect(readModelsNotice({ import: "ok", provider_count: "<b>" }, t)).toBeUndefined();
});

describe("a deep check", () => {
  const read = (query: Record<string, string>) => readCheckNotice(query, t, defaultCommands);

  test("is read from the page's address", () => {
    expect(String(read({ check: "ok", latency_ms: "1234" })?.text)).toContain("1.2 s");
    const failure = read({ check: "fail", detail: "timeout", status_code: "504", latency_ms: "90000" });
    expect(String(failure?.text)).toContain("504");
    expect(String(failure?.text)).toContain("90.0 s");
    expect(failure?.fix).toBe(t("problem.gateway_timeout.fix"));
    expect(read({ check: "refused", error_code: "circuit_open" })?.fix).toBe(t("error.circuit_open.fix"));
  });

  test("of a forged address adds no words of its own", () => {
    const forged = "<b>call 555-0100</b>";
    expect(read({})).toBeUndefined();
    expect(read({ check: forged })).toBeUndefined();
    expect(read({ check: "refused", error_code: forged })).toBeUndefined();
    for (const detail of [forged, "toString", "__proto__", ""]) {
      const notice = read({ check: "fail", detail, status_code: forged, latency_ms: forged });
      expect(notice?.fix).toBe(t("problem.gateway_unexpected_answer.fix"));
      expect(String(notice?.text)).not.toContain("555");
    }
  });
});
