import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { same } from "./checks.ts";

/** How somebody looks at a page. */
export interface Look {
  locale: "zh-CN" | "en";
  theme: "light" | "dark";
  width: 360 | 768 | 1280 | 1920;
  scripts: boolean;
}

export const looks: readonly Look[] = [
  ...(["zh-CN", "en"] as const).flatMap((locale) =>
    (["light", "dark"] as const).flatMap((theme) =>
      ([360, 1280] as const).flatMap((width) => [true, false].map((scripts) => ({ locale, theme, width, scripts }))),
    ),
  ),
  { locale: "en", theme: "light", width: 768, scripts: true },
  { locale: "zh-CN", theme: "dark", width: 768, scripts: false },
  { locale: "zh-CN", theme: "light", width: 1920, scripts: true },
  { locale: "en", theme: "dark", width: 1920, scripts: true },
];

export const [plainLook] = [{ locale: "zh-CN", theme: "light", width: 1280, scripts: true }] as const satisfies [Look];

export const nameOf = ({ locale, theme, width, scripts }: Look): string =>
  [locale, theme, width, ...(scripts ? [] : ["noscript"])].join("-");

const axe = readFileSync(Bun.resolveSync("axe-core/axe.min.js", import.meta.dir), "utf8");
const HEIGHT = { 360: 740, 768: 1024, 1280: 860, 1920: 1080 } as const;
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
    permissions: ["clipboard-read", "clipboard-write"],
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

/** Runs in the page: how well the text of an element, or of a part of it, can be read, by WCAG's formula. */
const contrastOf = new Function(
  "element",
  "part",
  `
  const painter = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const paint = (color) => (painter.fillStyle = color, painter.fillRect(0, 0, 1, 1));
  const light = () => [...painter.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = [];
  for (let each = element; each; each = each.parentElement) behind.unshift(getComputedStyle(each).backgroundColor);
  paint("#fff");
  behind.forEach(paint);
  const ground = light();
  paint(getComputedStyle(element, part).color);
  const [low, high] = [ground, light()].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);`,
) as (element: unknown, part?: string) => number;

const MIN_CONTRAST = 4.5;
const MAX_TRIED = 12;

/** @throws when a button cannot be read while the pointer is on it, or while it has the focus unmarked. */
export const isReadableInUse = async (page: Page): Promise<void> => {
  const controls = await page.locator("main :is(button, .button, summary)").filter({ visible: true }).all();
  for (const control of controls.slice(0, MAX_TRIED)) {
    const name = (await control.allInnerTexts()).join().slice(0, 40);
    for (const use of ["hover", "focus"] as const) {
      await control[use]();
      const contrast = await control.evaluate(contrastOf);
      if (!(contrast >= MIN_CONTRAST)) throw new Error(`${use} "${name}": a contrast of ${contrast.toFixed(2)}`);
    }
  }
  for (const field of await page.locator("main [placeholder]").filter({ visible: true }).all()) {
    const contrast = await field.evaluate(contrastOf, "::placeholder");
    if (!(contrast >= MIN_CONTRAST)) throw new Error(`a placeholder's contrast of ${contrast.toFixed(2)}`);
  }
  await page.mouse.move(0, 0);
};

export const screenshot = async (page: Page, name: string): Promise<void> => {
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true, animations: "disabled" });
};

/** Runs in the page: whether the name and the tools of the top bar are in one row. */
const BAR = `(() => {
  const [brand, tools] = [".brand", ".tools"].map((part) => document.querySelector(part).getBoundingClientRect());
  return Math.abs((brand.top + brand.bottom - tools.top - tools.bottom) / 2);
})()`;

/** All that holds of every page, however it is looked at. */
export const isSound = async (page: Page, context: Context, look: Look): Promise<void> => {
  same(await page.getAttribute("html", "lang"), look.locale, "lang");
  same(await page.locator("h1").count(), 1, "the number of h1");
  same(Number(await page.evaluate(BAR)) < 4, true, "one row of name and tools");
  await fits(page);
  if (look.scripts) await isAccessible(page);
  context.noFaults();
};
