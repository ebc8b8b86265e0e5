import { expect, test } from "bun:test";
import { type CheckParameter, readCheckNotice } from "@/views/status/check-notice.tsx";

const read = (query: Partial<Record<CheckParameter, string>>) => readCheckNotice((name) => query[name]);

test("a deep check's result is read from the page's address", () => {
  expect(read({ check: "ok", latency_ms: "1234" })).toEqual({ kind: "ok", seconds: "1.2" });
  expect(read({ check: "fail", detail: "timeout", status_code: "504", latency_ms: "90000" })).toEqual({
    kind: "fail",
    detail: "timeout",
    status: "504",
    seconds: "90.0",
  });
  expect(read({ check: "refused", error_code: "circuit_open" })).toEqual({ kind: "refused", code: "circuit_open" });
});

test("a forged address adds no words of its own", () => {
  const forged = "<b>call 555-0100</b>";
  expect(read({})).toBeNull();
  expect(read({ check: forged })).toBeNull();
  expect(read({ check: "refused", error_code: forged })).toBeNull();
  for (const detail of [forged, "toString", "__proto__", ""]) {
    expect(read({ check: "fail", detail, status_code: forged, latency_ms: forged })).toEqual({
      kind: "fail",
      detail: "unexpected_answer",
      status: "0",
      seconds: "0.0",
    });
  }
});
