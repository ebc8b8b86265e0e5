import { expect, test } from "bun:test";
import { afterSignal, type BreakerState, closed, decide } from "@/gateway/breaker-state.ts";

type Scope = "answer" | "turn";
const at = (monotonicMs: number) => ({ now: new Date("2026-03-01T00:00:00Z"), monotonicMs });
const fail = (state: BreakerState, scope: Scope) => afterSignal(state, { kind: "failure", scope }, "down", at(0));
const succeed = (state: BreakerState, scope: Scope) => afterSignal(state, { kind: "success", scope }, "", at(0));
const opened = (scope: Scope) => fail(fail(closed, scope), scope);

test("at first there are no failures, and an answer would end the next one", () => {
  expect(closed).toEqual({ kind: "closed", failures: 0, lastError: "", scope: "answer" });
});

test("an open circuit refuses until its minute is over, and during the trial for five seconds", () => {
  const state = opened("answer");
  expect(decide(state, "turn", 59_999).decision).toEqual({ kind: "refuse", retryAfterMs: 1 });
  const trial = decide(state, "turn", 60_000);
  expect(trial).toMatchObject({ state: { kind: "half_open" }, decision: { kind: "send" } });
  expect(decide(trial.state, "turn", 60_001).decision).toEqual({ kind: "refuse", retryAfterMs: 5000 });
});

test("a probe is sent to a circuit that only a turn can close, and leaves the trial to one", () => {
  const state = opened("turn");
  expect(decide(state, "answer", 60_000)).toEqual({ state, decision: { kind: "send" } });
  expect(decide(state, "turn", 60_000).state.kind).toBe("half_open");
  expect(decide(opened("answer"), "answer", 60_000).state.kind).toBe("half_open");
});

test("a failed turn is only made up for by a turn, whatever fails after it", () => {
  expect(fail(fail(closed, "turn"), "answer")).toMatchObject({ kind: "open", failures: 2, scope: "turn" });
  expect(fail(fail(closed, "answer"), "turn")).toMatchObject({ scope: "turn" });
  expect(fail(fail(closed, "answer"), "answer")).toMatchObject({ scope: "answer" });
  expect(succeed(fail(closed, "turn"), "answer")).toMatchObject({ failures: 1, scope: "turn" });
  expect(succeed(fail(closed, "turn"), "turn")).toBe(closed);
});
