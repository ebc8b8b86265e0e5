import { expect, test } from "bun:test";
import { toCsv } from "@/models/csv.ts";

const model = {
  provider_id: "a",
  model: "m",
  provider_type: "",
  base_url: "https://h.example/v1",
  capability: "chat",
  vendor: "openai",
  enabled: true,
  is_default: false,
  source: "seed",
  imported_at: "2026-03-01T00:00:00Z",
} as const;

const firstCell = (provider_id: string) => /\r\n(.*),m,,/s.exec(toCsv([{ ...model, provider_id }]))?.[1];

test("a row has every field, after a BOM and the names of the columns", () => {
  expect(toCsv([model])).toBe(
    "\uFEFFprovider_id,model,provider_type,base_url,capability,vendor,enabled,is_default,source,imported_at\r\n" +
      "a,m,,https://h.example/v1,chat,openai,true,false,seed,2026-03-01T00:00:00Z\r\n",
  );
});

test.each([
  ["a,b", '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ["two\nlines", '"two\nlines"'],
  ["=1+1", `"'=1+1"`],
  ["+1", `"'+1"`],
  ["-2", `"'-2"`],
  ["@SUM(A1)", `"'@SUM(A1)"`],
  [" =1", `"' =1"`],
  ["\u00a0=1", `"'\u00a0=1"`],
  ["＝1", `"'＝1"`],
  ["中文/模型", "中文/模型"],
])("%j is written as %s", (text, cell) => expect(firstCell(text)).toBe(cell));
