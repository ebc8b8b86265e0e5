import { expect, test } from "bun:test";
import { translate } from "@/locales/translate.ts";
import { type PullParameter, pullFix, readPullNotice } from "@/views/model-notices.ts";

const read = (query: Partial<Record<PullParameter, string>>) => readPullNotice((name) => query[name]);

test("shows what our own redirect says", () => {
  expect(read({ pull: "ok", source_used: "plugin_export", provider_count: "12" })).toEqual({
    kind: "ok",
    source: "plugin_export",
    count: "12",
  });
  expect(read({ pull: "fail", error_code: "astr_config_not_found", reason: "不存在: /x" })).toEqual({
    kind: "fail",
    code: "astr_config_not_found",
    reason: "不存在: /x",
  });
});

test("fills in what is missing", () => {
  expect(read({ pull: " OK " })).toEqual({ kind: "ok", source: "unknown", count: "0" });
  expect(read({ pull: "Fail", reason: "  " })).toEqual({ kind: "fail", code: "unknown", reason: "unknown" });
});

test("shows nothing without a known result", () => {
  for (const pull of [undefined, "", "maybe", "okay"]) expect(read(pull === undefined ? {} : { pull })).toBeNull();
});

test("shows no text of a forged link but a short reason", () => {
  expect(read({ pull: "ok", source_used: "evil.example", provider_count: "-1e9" })).toEqual({
    kind: "ok",
    source: "unknown",
    count: "0",
  });
  expect(read({ pull: "fail", error_code: "Call 555-0100", reason: "😀".repeat(1000) })).toEqual({
    kind: "fail",
    code: "unknown",
    reason: "😀".repeat(300),
  });
});

test("has a fix for its own codes only", () => {
  expect(pullFix("astr_config_not_found", translate("en"))).toContain("ASTRBOT_CMD_CONFIG_PATH");
  expect(pullFix("mem_heavy_reject", translate("zh-CN"))).toContain("free -m");
  for (const code of ["unknown", "constructor", "__proto__"]) expect(pullFix(code, translate("en"))).toBeUndefined();
});
