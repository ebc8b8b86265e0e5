import { expect, test } from "bun:test";
import { gatewayTexts } from "@/locales/gateway.ts";
import type { Locale, Translated } from "@/locales/locale.ts";
import { translator } from "@/locales/pages.ts";
import { problemTexts } from "@/locales/problems.ts";
import { describeProblem } from "@/status/problem-text.ts";

test("a text without its translation does not compile", () => {
  // @ts-expect-error the English half is missing
  const halfDone: Translated = { "zh-CN": "状态" };
  // @ts-expect-error there is no such text
  const absent = () => translator("en")("no_such_text");

  expect(halfDone).toBeDefined();
  expect(absent).toThrow();
});

const placeholdersOf = (text: object) =>
  [...JSON.stringify(text).matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test("both languages of a problem are filled from the same values", () => {
  for (const texts of Object.values(problemTexts)) {
    expect(placeholdersOf(texts.en)).toEqual(placeholdersOf(texts["zh-CN"]));
  }
});

test("every finding about the gateway has a cause in both languages", () => {
  for (const detail of Object.keys(gatewayTexts) as (keyof typeof gatewayTexts)[]) {
    for (const locale of ["zh-CN", "en"] satisfies Locale[]) {
      const problem = { kind: "gateway", severity: "fault", detail, values: {} } as const;
      expect(describeProblem(problem, locale).cause).not.toBe("");
    }
  }
});
