import { expect, test } from "bun:test";
import { afterFailure, afterSuccess, type BreakerState, closed, decide } from "@/gateway/breaker-state.ts";

const at = (monotonicMs: number) => ({ now: new Date("2026-03-01T00:00:00Z"), monotonicMs });
const fail = (state: BreakerState, curedBy: "answer" | "turn", ms = 0) =>
  afterFailure(state, { reason: "down", curedBy }, at(ms));
const opened = (curedBy: "answer" | "turn") => fail(fail(closed, curedBy), curedBy);

test("at first nothing is wrong that an answer would not cure", () => {
  expect(closed).toEqual({ kind: "closed", failures: 0, lastError: "", curedBy: "answer" });
});

test("an open circuit refuses until its minute is over, and during the trial for five seconds", () => {
  const state = opened("answer");
  expect(decide(state, "turn", 59_999).decision).toEqual({ kind: "refuse", retryAfterMs: 1 });
  const trial = decide(state, "turn", 60_000);
  expect(trial).toMatchObject({ state: { kind: "half_open" }, decision: { kind: "send" } });
  expect(decide(trial.state, "turn", 60_001).decision).toEqual({ kind: "refuse", retryAfterMs: 5000 });
});

test("a probe may look at a circuit that only a turn can cure, and leaves the trial to one", () => {
  const state = opened("turn");
  expect(decide(state, "answer", 60_000)).toEqual({ state, decision: { kind: "send" } });
  expect(decide(state, "turn", 60_000).state.kind).toBe("half_open");
  expect(decide(opened("answer"), "answer", 60_000).state.kind).toBe("half_open");
});

test("a failed turn stays to be cured by a turn, whatever fails after it", () => {
  expect(fail(fail(closed, "turn"), "answer")).toMatchObject({ kind: "open", failures: 2, curedBy: "turn" });
  expect(fail(fail(closed, "answer"), "turn")).toMatchObject({ curedBy: "turn" });
  expect(fail(fail(closed, "answer"), "answer")).toMatchObject({ curedBy: "answer" });
  expect(afterSuccess(fail(closed, "turn"), "answer", 0)).toMatchObject({ failures: 1, curedBy: "turn" });
  expect(afterSuccess(fail(closed, "turn"), "turn", 0)).toBe(closed);
});
