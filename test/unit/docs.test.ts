import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { wireCodeOf } from "@/http/errors.ts";
import { errorCodes } from "@/lib/errors.ts";
import { errorTexts } from "@/locales/errors.ts";
import { jobErrorCodes, jobErrorTexts } from "@/locales/jobs.ts";

const runbook = readFileSync(resolve(import.meta.dir, "../../RUNBOOK.zh-CN.md"), "utf8");

test("the runbook tells cause and cure of every error code, as the service does", () => {
  for (const code of errorCodes) {
    expect(runbook).toMatch(new RegExp(`^\\| ${wireCodeOf(code)} \\| \\d{3} \\|`, "m"));
    expect(runbook).toContain(errorTexts[code]["zh-CN"].cure);
  }
  for (const code of jobErrorCodes) {
    expect(runbook).toMatch(new RegExp(`^\\| ${code} \\| `, "m"));
    expect(runbook).toContain(jobErrorTexts[code]["zh-CN"].cure);
  }
});
