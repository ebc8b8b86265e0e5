import { expect, test } from "bun:test";
import { failureDetails } from "@/gateway/error-types.ts";
import { en } from "@/locales/en.ts";
import { type TextKey, translate } from "@/locales/translate.ts";
import { zhCN } from "@/locales/zh-CN.ts";

test("a text without its translation does not compile", () => {
  // @ts-expect-error a dictionary with one text is missing the others
  const half: typeof en = { "page.none": "none" };
  // @ts-expect-error there is no such text
  const absent = () => translate("en")("no_such_text");

  expect(half).toBeDefined();
  expect(absent).toThrow();
});

test("fills placeholders, and leaves one without a value as it is", () => {
  expect(translate("en")("models.count", { count: 3 })).toBe("3 total");
  expect(translate("en")("models.count")).toBe("{count} total");
});

const placeholdersOf = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort();

test("both languages of a text take the same values, and both or neither are empty", () => {
  for (const key of Object.keys(zhCN) as TextKey[]) {
    expect([key, placeholdersOf(en[key])]).toEqual([key, placeholdersOf(zhCN[key])]);
    expect([key, en[key] === ""]).toEqual([key, zhCN[key] === ""]);
  }
});

test("every finding about the gateway has a cause", () => {
  for (const detail of failureDetails) {
    expect(zhCN[`problem.gateway_${detail}.cause`]).not.toBe("");
  }
});
