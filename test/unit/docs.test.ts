import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { jobErrorCodes } from "@test/support/job-error-codes.ts";
import { statusOf, wireCodeOf } from "@/http/errors.ts";
import { errorCodes } from "@/lib/errors.ts";
import { translate } from "@/locales/translate.ts";

const read = (name: string): string => readFileSync(resolve(import.meta.dir, "../..", name), "utf8");

/** Headings by their numbers, the rows of tables, and the lines of code without comments and <what the reader puts in>. */
const outlineOf = (text: string): string[] =>
  [...text.matchAll(/^(#+) ([\d.]*)|^(\|)|^```(\w+)\n(.*?)^```$/gms)].flatMap(
    ([, level, number, row, language, code = ""]) => {
      if (language === undefined) return [row ?? `${level} ${number}`];
      const lines = code.split("\n").map((line) => line.replace(/(^|\s+)# .*$/, "").replaceAll(/<[^<>|]*>/g, "<>"));
      return [language, ...lines.filter((line) => line !== "")];
    },
  );

/** Settings, paths and commands in the text of each section. */
const namesOf = (text: string): string[][] =>
  text
    .replaceAll(/^```.*?^```$/gms, "")
    .split(/^## /m)
    .map((section) => [...new Set(section.match(/`[^`\n]+`/g)?.filter((name) => !/[<…#]/.test(name)))].sort());

const documents = [
  ["README.md", "README.zh-CN.md"],
  ["RUNBOOK.en.md", "RUNBOOK.zh-CN.md"],
] as const;

describe.each(documents)("%s and %s", (english, chinese) => {
  test("have the same sections and the same commands in the same order", () => {
    const outline = outlineOf(read(chinese));
    expect(outline.length).toBeGreaterThan(10);
    expect(outlineOf(read(english))).toEqual(outline);
  });

  test("name the same settings, paths and commands in each section", () => {
    expect(namesOf(read(english))).toEqual(namesOf(read(chinese)));
  });
});

test.each([
  ["RUNBOOK.zh-CN.md", translate("zh-CN")],
  ["RUNBOOK.en.md", translate("en")],
] as const)("%s names the fix of every error code, as the service does", (name, t) => {
  const lines = read(name).split("\n");
  const rows = [
    ...errorCodes.map((code) => [`| ${wireCodeOf(code)} | ${statusOf(code)} |`, t(`error.${code}.fix`)] as const),
    ...jobErrorCodes.map((code) => [`| ${code} |`, t(`job.error.${code}.fix`)] as const),
  ];
  const missing = rows.filter(
    ([start, fix]) => !lines.some((line) => line.startsWith(start) && line.endsWith(`| ${fix} |`)),
  );
  expect(missing).toEqual([]);
});

test("ARCHITECTURE.md names files and folders that exist", () => {
  const root = resolve(import.meta.dir, "../..");
  const files = ["src", "test", "lint", "scripts", "bench"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => `/${folder}/${name}`),
  );
  const named = [...read("ARCHITECTURE.md").matchAll(/`([\w-]+(?:[\w./-]*\.(?:tsx?|grit|json)|(?:\/[\w-]+)*\/))`/g)];
  const paths = named.map(([, path = ""]) => path.replace(/\/$/, ""));
  expect(paths.length).toBeGreaterThan(50);
  const isThere = (path: string) => existsSync(join(root, path)) || files.some((file) => file.endsWith(`/${path}`));
  expect(paths.filter((path) => !isThere(path))).toEqual([]);
});
