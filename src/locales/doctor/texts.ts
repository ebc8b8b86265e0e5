import { fileTexts } from "./files.ts";
import { hostTexts } from "./host.ts";
import { serviceTexts } from "./service.ts";
import { settingTexts } from "./settings.ts";

/** Everything a doctor can say, besides the problems that the status page tells as well. */
export const doctorTexts = { ...settingTexts, ...fileTexts, ...serviceTexts, ...hostTexts };
export type DoctorKind = keyof typeof doctorTexts;

export const reportTexts = {
  "zh-CN": {
    ok: "正常",
    warn: "注意",
    fail: "故障",
    cause: "原因：{text}",
    cure: "处理：{text}",
    allWell: "一切正常（{ok} 项）",
    summary: "{fail} 项故障，{warn} 项注意，{ok} 项正常",
  },
  en: {
    ok: "ok",
    warn: "warn",
    fail: "FAIL",
    cause: "Cause: {text}",
    cure: "Cure: {text}",
    allWell: "All is well ({ok} checks)",
    summary: "{fail} failures, {warn} warnings, {ok} in order",
  },
} as const;
