import type { JobErrorCode } from "@/jobs/state.ts";
import { zhCN } from "@/locales/zh-CN.ts";

export const jobErrorCodes = Object.keys(zhCN).flatMap(
  (key) => /^job\.error\.(\w+)\.fix$/.exec(key)?.[1] ?? [],
) as JobErrorCode[];
