import { expect, test } from "bun:test";
import { frameFor } from "@test/support/frame.ts";
import { statusPageView } from "@test/support/status-view.ts";
import { createStatusRenderer } from "@/views/status-page.tsx";

test("an unchanged page is not rendered again; a changed view, language or notice is", () => {
  const render = createStatusRenderer();
  const page = render({ view: statusPageView(), frame: frameFor("en") });

  expect(render({ view: statusPageView(), frame: frameFor("en") })).toBe(page);
  expect(render({ view: statusPageView(), frame: frameFor("zh-CN") })).toContain("zh-CN");
  const memory = { ...statusPageView().memory, available_mib: 777 };
  expect(render({ view: statusPageView({ memory }), frame: frameFor("en") })).toContain("777");
  expect(render({ view: statusPageView(), frame: frameFor("en"), notice: { kind: "ok", seconds: "4.2" } })).toContain(
    "4.2",
  );
  expect(render({ view: statusPageView(), frame: frameFor("en") })).toBe(page);
});
