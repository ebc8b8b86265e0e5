import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { same } from "./checks.ts";

/** How somebody looks at a page. */
export interface Look {
  locale: "zh-CN" | "en";
  theme: "light" | "dark";
  width: 360 | 1280;
  scripts: boolean;
}

export const looks: readonly Look[] = (["zh-CN", "en"] as const).flatMap((locale) =>
  (["light", "dark"] as const).flatMap((theme) =>
    ([360, 1280] as const).flatMap((width) => [true, false].map((scripts) => ({ locale, theme, width, scripts }))),
  ),
);

export const [plainLook] = [{ locale: "zh-CN", theme: "light", width: 1280, scripts: true }] as const satisfies [Look];

export const nameOf = ({ locale, theme, width, scripts }: Look): string =>
  [locale, theme, width, ...(scripts ? [] : ["noscript"])].join("-");

const axe = readFileSync(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir), "utf8");
const HEIGHT = { 360: 740, 1280: 860 } as const;
const SCREENSHOTS = join(import.meta.dir, "../../screenshots");

interface AxeViolation {
  id: string;
  impact: string;
  nodes: { target: unknown[]; failureSummary: string }[];
}

/** A browser of its own kind, which notes whatever is amiss with the pages it is shown. */
export const openContext = async (browser: Browser, origin: string, look: Look, cookie = "") => {
  const context: BrowserContext = await browser.newContext({
    locale: look.locale,
    colorScheme: look.theme,
    viewport: { width: look.width, height: HEIGHT[look.width] },
    javaScriptEnabled: look.scripts,
    timezoneId: "Asia/Shanghai",
  });
  if (cookie !== "") {
    const [name = "", value = ""] = cookie.split("=");
    await context.addCookies([{ name, value, url: origin, httpOnly: true, sameSite: "Strict" }]);
  }
  const faults: string[] = [];
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${origin}/`) && !url.startsWith("blob:")) faults.push(`a request left the origin: ${url}`);
  });
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => faults.push(`script: ${error.error().message}`));

  return {
    context,
    newPage: () => context.newPage(),
    /** @throws the errors since the last call, except those `expected`. */
    noFaults(expected?: RegExp): void {
      const found = faults.splice(0).filter((fault) => !expected?.test(fault));
      if (found.length > 0) throw new Error(found.join("\n"));
    },
    close: () => context.close(),
  };
};

export type Context = Awaited<ReturnType<typeof openContext>>;

/** Runs in the page: what is wider than the window and does not scroll by itself. */
const MEASURE = `(() => {
  const width = document.documentElement.clientWidth;
  const isClipped = (element) => {
    const parent = element.parentElement;
    return parent !== null && (getComputedStyle(parent).overflowX !== "visible" || isClipped(parent));
  };
  const wide = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1 && !isClipped(element))
    .map((element) => element.tagName + "." + element.className);
  return { scroll: document.documentElement.scrollWidth, width, wide: wide.slice(0, 5) };
})()`;

/** @throws when the page is wider than the window, naming what sticks out. */
export const fits = async (page: Page): Promise<void> => {
  const found: { scroll: number; width: number; wide: string[] } = await page.evaluate(MEASURE);
  if (found.scroll > found.width) throw new Error(`${found.scroll} px in ${found.width}: ${found.wide.join("; ")}`);
};

/** @throws with what axe finds serious or critical. */
export const isAccessible = async (page: Page): Promise<void> => {
  await page.evaluate(axe);
  const violations: AxeViolation[] = await page.evaluate("axe.run().then(({ violations }) => violations)");
  const grave = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  if (grave.length === 0) return;
  throw new Error(
    grave
      .flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} ${target.join(" ")}: ${failureSummary}`),
      )
      .slice(0, 6)
      .join("\n"),
  );
};

export const screenshot = async (page: Page, name: string): Promise<void> => {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, animations: "disabled" });
};

/** All that holds of every page, however it is looked at. */
export const isSound = async (page: Page, context: Context, look: Look): Promise<void> => {
  same(await page.getAttribute("html", "lang"), look.locale, "lang");
  same(await page.locator("h1").count(), 1, "the number of h1");
  await fits(page);
  if (look.scripts) await isAccessible(page);
  context.noFaults();
};
