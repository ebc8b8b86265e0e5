import { expect, test } from "bun:test";
import { statusPageView } from "@test/support/status-view.ts";
import { createStatusRenderer } from "@/views/status-page.tsx";

test("an unchanged page is not rendered again; a changed view, language or notice is", () => {
  const render = createStatusRenderer();
  const page = render({ view: statusPageView(), locale: "en", seesJobs: false });

  expect(render({ view: statusPageView(), locale: "en", seesJobs: false })).toBe(page);
  expect(render({ view: statusPageView(), locale: "zh-CN", seesJobs: false })).toContain("zh-CN");
  const memory = { ...statusPageView().memory, available_mib: 777 };
  expect(render({ view: statusPageView({ memory }), locale: "en", seesJobs: false })).toContain("777");
  expect(
    render({ view: statusPageView(), locale: "en", seesJobs: false, notice: { kind: "ok", seconds: "4.2" } }),
  ).toContain("4.2");
  expect(render({ view: statusPageView(), locale: "en", seesJobs: false })).toBe(page);
});
