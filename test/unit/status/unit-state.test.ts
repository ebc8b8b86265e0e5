import { describe, expect, test } from "bun:test";
import { toSidecarView } from "@/gateway/sidecar.ts";
import type { SidecarView } from "@/gateway/view.ts";
import { diagnose, unitProblem } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";
import { parseUnitState, type UnitState } from "@/status/unit-state.ts";

const UNIT = "openclaw-assistant-backend.service";
const healthy = {
  LoadState: "loaded",
  ActiveState: "active",
  SubState: "running",
  Result: "success",
  ExecMainStatus: "0",
  NRestarts: "0",
  StatusText: "OpenClaw 2026.2.9",
  ActiveEnterTimestampMonotonic: "1000000",
};

const parsed = (changes: Partial<typeof healthy>) =>
  parseUnitState(
    Object.entries({ ...healthy, ...changes })
      .map((entry) => entry.join("="))
      .join("\n"),
    1000,
  );
const stateWith = (changes: Partial<typeof healthy> = {}): UnitState => {
  const state = parsed(changes);
  if (!state) throw new Error("no such unit");
  return state;
};
const failed = { ActiveState: "failed", SubState: "failed", Result: "exit-code" };
const retried = { ActiveState: "activating", SubState: "auto-restart", Result: "exit-code" };

test("a unit is read as systemd shows it", () => {
  expect(stateWith({ StatusText: "a=b, c" })).toEqual({
    by: "systemd",
    active: "active",
    sub: "running",
    result: "success",
    exit_status: 0,
    restarts: 0,
    status: "a=b, c",
    up_seconds: 999,
  });
  expect(parsed({ LoadState: "not-found" })).toBeUndefined();
  expect(parseUnitState("", 1)).toBeUndefined();
});

describe("a unit's problem", () => {
  const cases: [how: string, changes: Partial<typeof healthy>, kind: string | undefined][] = [
    ["none while it runs", {}, undefined],
    ["none after a stop", { ActiveState: "inactive", SubState: "dead" }, undefined],
    ["none while it starts", { ActiveState: "activating", SubState: "start" }, undefined],
    ["none long after restarts", { NRestarts: "40", ActiveEnterTimestampMonotonic: "1000000" }, undefined],
    ["a wrong setting", { ...failed, ExecMainStatus: "78" }, "unit_setting"],
    ["the start limit", { ...failed, Result: "start-limit-hit", ExecMainStatus: "1" }, "unit_start_limit"],
    ["a failure", { ...failed, ExecMainStatus: "1" }, "unit_failed"],
    ["a signal", { ...failed, Result: "signal", ExecMainStatus: "11" }, "unit_failed"],
    ["a watchdog", { ...failed, Result: "watchdog", ExecMainStatus: "9" }, "unit_failed"],
    ["a crash loop", { ...retried, ExecMainStatus: "1", NRestarts: "3" }, "unit_looping"],
    [
      "a crash loop of systemd 254",
      { ...retried, SubState: "auto-restart-queued", ExecMainStatus: "1" },
      "unit_looping",
    ],
    [
      "a crash loop seen while it is up",
      { NRestarts: "3", ActiveEnterTimestampMonotonic: "995000000" },
      "unit_looping",
    ],
    [
      "a crash loop seen between two tries",
      { ActiveState: "activating", SubState: "start", NRestarts: "1", ExecMainStatus: "1" },
      "unit_looping",
    ],
    ["a stop after restarts", { ActiveState: "inactive", SubState: "dead", NRestarts: "2" }, undefined],
    ["memory", { ...retried, Result: "oom-kill", ExecMainStatus: "9" }, "unit_memory"],
    ["a namespace that cannot be set up", { ...retried, ExecMainStatus: "226" }, "unit_unusable"],
    ["a program that is gone", { ...failed, ExecMainStatus: "203" }, "unit_unusable"],
    ["a step before the start", { ...failed, ExecMainStatus: "0" }, "unit_unusable"],
  ];
  test.each(cases)("%s", (_, changes, kind) => {
    const problem = unitProblem(UNIT, stateWith(changes));
    expect(problem?.kind).toBe(kind as never);
    if (!problem) return;
    for (const locale of ["zh-CN", "en"] as const) {
      expect(JSON.stringify(describeProblem(problem, locale))).not.toMatch(/[{}]unit|\{\w+\}/);
    }
    expect(describeProblem(problem, "en").command).toContain(UNIT);
  });
});

test("a silent gateway is explained by its unit, an answering one is not", () => {
  const kinds = (detail: string, unit: UnitState | null = null, startup: SidecarView["startup"] = null) =>
    diagnose({
      sidecar_probe: { ok: detail === "", detail } as never,
      sidecar: { ...toSidecarView("", null, startup), unit },
    }).map(({ kind, severity }) => `${severity} ${kind}`);
  const looping = stateWith({ ...retried, NRestarts: "3", ExecMainStatus: "1" });
  const barred = stateWith({ ...failed, Result: "start-limit-hit" });
  const startup = { state: "failed", message: "npm has no openclaw 9999.1.1" } as const;

  expect(kinds("refused")).toEqual(["fault gateway_refused"]);
  expect(kinds("refused", looping)).toEqual(["fault gateway_looping"]);
  expect(kinds("refused", looping, startup)).toEqual(["fault gateway_not_startable"]);
  expect(kinds("refused", barred, startup)).toEqual(["fault unit_start_limit"]);
  expect(kinds("refused", looping, { state: "installing", message: "" })).toEqual(["warning gateway_installing"]);
  const started = { ...stateWith(), up_seconds: 100 };
  expect(kinds("refused", started)).toEqual(["warning gateway_gateway_starting"]);
  expect(kinds("refused", { ...started, up_seconds: 1000 })).toEqual(["fault gateway_refused"]);
  expect(kinds("timeout", started)).toEqual(["fault gateway_timeout"]);
  expect(kinds("unauthorized", looping)).toEqual(["fault gateway_unauthorized"]);
  expect(kinds("", looping, startup)).toEqual([]);
});
