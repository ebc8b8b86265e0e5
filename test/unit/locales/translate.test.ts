import { expect, test } from "bun:test";
import { failureDetails } from "@/gateway/classify.ts";
import { texts } from "@/locales/texts.ts";
import { translate } from "@/locales/translate.ts";

test("a text without its translation does not compile", () => {
  // @ts-expect-error the English is missing
  const half: (typeof texts)["page.none"] = ["无"];
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
  for (const [key, [chinese, english]] of Object.entries(texts)) {
    expect([key, placeholdersOf(english)]).toEqual([key, placeholdersOf(chinese)]);
    expect([key, english === ""]).toEqual([key, chinese === ""]);
  }
});

test("every finding about the gateway has a cause", () => {
  for (const detail of failureDetails) {
    expect(translate("zh-CN")(`problem.gateway_${detail}.cause`)).not.toBe("");
  }
});
