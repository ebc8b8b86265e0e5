import { expect, test } from "bun:test";
import { createTestClock } from "@test/support/test-clock.ts";
import type { Context } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { createRecordLimit, shortPath } from "@/http/records.ts";

const from = (address: string, isAuthenticated = false) =>
  ({ env: { remoteAddress: () => address }, var: { isAuthenticated } }) as unknown as Context<AppEnv>;

const createHarness = (boundsClients = false) => {
  const clock = createTestClock();
  const limit = createRecordLimit({ clock, boundsClients });
  /** How many of so many records are written. */
  const written = (count: number, next: (n: number) => Context<AppEnv>) =>
    Array.from({ length: count }, (_, n) => limit.admit(next(n))).filter((admitted) => admitted !== undefined).length;
  return { clock, limit, written };
};

test("a source writes 60 records, then one every ten seconds, which counts those left out", async () => {
  const { clock, limit, written } = createHarness();
  const c = from("192.0.2.1");
  expect(written(1000, () => c)).toBe(60);

  await clock.advance(10_000);
  expect(limit.admit(c)).toEqual({ suppressed_before: 940 });
  expect(limit.admit(c)).toBeUndefined();
  await clock.advance(3_600_000);
  expect(limit.admit(c)).toEqual({ suppressed_before: 1 });
  expect(limit.admit(c)).toEqual({});
  expect(written(1000, () => c)).toBe(58);
});

test("a flood from one source leaves room for another's records", () => {
  const { written } = createHarness();
  expect(written(1000, () => from("192.0.2.1"))).toBe(60);
  expect(written(5, () => from("192.0.2.2"))).toBe(5);
});

test("a flood from many sources is bounded too, and so is what is remembered of them", async () => {
  const { clock, written } = createHarness();
  expect(written(100_000, (n) => from(`2001:db8:${n.toString(16)}::1`))).toBe(240);
  await clock.advance(60_000);
  expect(written(100_000, (n) => from(`2001:db8:${n.toString(16)}::1`))).toBe(24);
});

test("no flood leaves out the records of those who have shown the token, who may be bounded by themselves", () => {
  const unbounded = createHarness();
  unbounded.written(1000, () => from("127.0.0.1"));
  expect(unbounded.written(1000, () => from("127.0.0.1", true))).toBe(1000);

  const bounded = createHarness(true);
  bounded.written(1000, () => from("127.0.0.1"));
  expect(bounded.written(1000, () => from("127.0.0.1", true))).toBe(60);
});

test("a path is masked before it is cut", () => {
  const secret = "0123456789".repeat(4);
  const short = shortPath(`/${"x".repeat(240)}${secret}`, (text) => text.replace(secret, "********"));
  expect(short).toBe(`/${"x".repeat(240)}********`);
  expect(shortPath("y".repeat(8000), String)).toHaveLength(256);
});
