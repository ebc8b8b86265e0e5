import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createLogger } from "@/logger.ts";

test("a line has pino's level, the clock's time, its fields, and an error with its causes", () => {
  const path = join(newRoot(), "backend.log");
  const clock = createTestClock();
  const logger = createLogger({ path, clock, onFailure() {} });

  logger.error({ trace_id: "t-1", err: new TypeError("no", { cause: new Error("why") }) }, "failed");

  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
    level: 50,
    time: clock.now().toISOString(),
    trace_id: "t-1",
    err: {
      type: "TypeError",
      message: "no",
      stack: expect.stringContaining("logger.test.ts"),
      cause: { type: "Error", message: "why", stack: expect.any(String) },
    },
    message: "failed",
  });
});
