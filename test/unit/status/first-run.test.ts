import { expect, test } from "bun:test";
import { statusView } from "@test/support/status-view.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { createFirstRun } from "@/status/first-run.ts";

const well = statusView();
const turn = {
  ended_at: "2026-03-01T07:00:00Z",
  outcome: "completed",
  gateway: "primary",
  duration_ms: 1,
  status_code: 200,
  error_type: "",
  detail: "",
  message: "",
} as const;
const untouched = statusView({
  sidecar_probe: { ...well.sidecar_probe, ok: false, detail: "refused" },
  relay: { ...well.relay, last_turn: { ...turn, outcome: "failed" } },
  executors: { ...well.executors, codex: { ...well.executors.codex, logged_in: false } },
  last_model_sync: null,
});
const NONE = { gateway: false, model: false, codex: false, astrbot: false };

const firstRun = (stored?: string, hasSucceeded = false) => {
  const saved: string[] = [];
  const repository = { loadState: () => stored, saveState: (_: string, value: string) => void saved.push(value) };
  return { see: createFirstRun({ repository, hasSucceeded: () => hasSucceeded, clock: createTestClock() }), saved };
};

test("nothing has worked yet, and nothing is written", () => {
  const { see, saved } = firstRun();
  expect(see(untouched)).toEqual(NONE);
  expect(saved).toEqual([]);
});

test("a step is done once its part has worked, and stays done when it fails later", () => {
  const { see, saved } = firstRun();
  expect(see({ ...untouched, sidecar_probe: well.sidecar_probe })).toEqual({ ...NONE, gateway: true });
  expect(see(untouched)).toEqual({ ...NONE, gateway: true });
  expect(see({ ...untouched, relay: { ...well.relay, last_turn: turn } })).toMatchObject({
    gateway: true,
    model: true,
  });
  expect(see({ ...well, relay: { ...well.relay, last_turn: turn } })).toEqual({
    gateway: true,
    model: true,
    codex: true,
    astrbot: true,
  });
  expect(saved).toHaveLength(3);
  expect(firstRun(saved.at(-1)).see(untouched)).toMatchObject({
    gateway: true,
    model: true,
    codex: true,
    astrbot: true,
  });
});

test("a custom provider's job stands for the login that Codex does not need", () => {
  expect(firstRun(undefined, true).see(untouched)).toEqual({ ...NONE, codex: true });
});

test("a login does not count while something else is wrong with Codex", () => {
  const codex = { ...well.executors.codex, faults: [{ kind: "sandbox" as const, message: "", subject: "" }] };
  expect(firstRun().see({ ...untouched, executors: { ...well.executors, codex } })).toEqual(NONE);
});

test.each(["", "null", "[]", "{", '{"gateway":false}', '{"nonsense":true}'])("reads %p as nothing", (stored) => {
  expect(firstRun(stored).see(untouched)).toEqual(NONE);
});

test("what cannot be written is seen again", () => {
  const repository = {
    loadState: () => undefined,
    saveState: () => {
      throw new Error("disk full");
    },
  };
  const see = createFirstRun({ repository, hasSucceeded: () => false, clock: createTestClock() });
  expect(see({ ...untouched, sidecar_probe: well.sidecar_probe }).gateway).toBe(true);
});
