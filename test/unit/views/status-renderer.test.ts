import { expect, test } from "bun:test";
import { statusView } from "@test/support/status-view.ts";
import { createStatusRenderer } from "@/views/status-page.tsx";

test("an unchanged page is not rendered again; a changed view, language or notice is", () => {
  const render = createStatusRenderer();
  const page = render({ view: statusView(), locale: "en" });

  expect(render({ view: statusView(), locale: "en" })).toBe(page);
  expect(render({ view: statusView(), locale: "zh-CN" })).toContain("zh-CN");
  const memory = { ...statusView().memory, available_mib: 777 };
  expect(render({ view: statusView({ memory }), locale: "en" })).toContain("777");
  expect(render({ view: statusView(), locale: "en", notice: { kind: "ok", seconds: "4.2" } })).toContain("4.2");
  expect(render({ view: statusView(), locale: "en" })).toBe(page);
});
