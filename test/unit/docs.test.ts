import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { wireCodeOf } from "@/http/errors.ts";
import { jobErrorCodes } from "@/jobs/state.ts";
import { errorCodes } from "@/lib/errors.ts";
import { zhCN } from "@/locales/zh-CN.ts";

const runbook = readFileSync(resolve(import.meta.dir, "../../RUNBOOK.zh-CN.md"), "utf8");

test("the runbook names the fix of every error code, as the service does", () => {
  for (const code of errorCodes) {
    expect(runbook).toMatch(new RegExp(`^\\| ${wireCodeOf(code)} \\| \\d{3} \\|`, "m"));
    expect(runbook).toContain(zhCN[`error.${code}.fix`]);
  }
  for (const code of jobErrorCodes) {
    expect(runbook).toMatch(new RegExp(`^\\| ${code} \\| `, "m"));
    expect(runbook).toContain(zhCN[`job.error.${code}.fix`]);
  }
});
