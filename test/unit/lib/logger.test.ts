import { expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createLogger } from "@/lib/logger.ts";

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

test("an error with a circle and a bigint is logged", () => {
  const path = join(newRoot(), "backend.log");
  const logger = createLogger({ path, onFailure: (error) => expect.unreachable(String(error)) });
  const error = Object.assign(new Error("round"), { count: 1n });

  logger.error({ err: Object.assign(error, { self: error }) }, "failed");

  const { err, message, ...others } = JSON.parse(readFileSync(path, "utf8"));
  expect(message).toBe("failed");
  expect(Object.keys(others).sort()).toEqual(["level", "time"]);
  expect(err).toMatchObject({ type: "Error", message: "round", stack: expect.stringContaining("Error: round") });
});

test("a line that cannot be written throws nothing, and the next one that can reports the gap", () => {
  const path = join(newRoot(), "away", "backend.log");
  const failures: unknown[] = [];
  const logger = createLogger({ path, onFailure: (error) => failures.push(error) });

  logger.info({}, "lost");
  expect(failures).toHaveLength(1);
  expect(logger.isWritable()).toBe(false);

  mkdirSync(dirname(path));
  expect(logger.isWritable()).toBe(true);
  logger.info({}, "kept");
  const messages = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).message);
  expect(messages).toEqual(["lines before this one were lost", "kept"]);
});

test("fields that JSON cannot hold lose no line, and the caller's object stays as it is", () => {
  const path = join(newRoot(), "backend.log");
  const logger = createLogger({ path, onFailure: (error) => expect.unreachable(String(error)) });
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const fields = Object.freeze({ trace_id: "t-1", count: 1n, nested: { count: 1n }, circle, err: new Error("why") });

  logger.error(fields, "failed");

  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
    level: 50,
    trace_id: "t-1",
    count: 1,
    nested: { count: 1 },
    circle: { self: "[Circular]" },
    message: "failed",
    err: { message: "why" },
  });
  expect(fields.err).toBeInstanceOf(Error);
});
