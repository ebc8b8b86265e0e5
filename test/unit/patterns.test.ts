import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { growthOf } from "@test/support/regexp-steps.ts";
import { composedBy, composedPatterns, literalPatterns } from "@test/support/source-patterns.ts";
import { createRedactor } from "@/executor/redact.ts";

/** Alternatives and bounded repetitions cost steps too, where a megabyte is read. */
const MAX_STEPS_PER_CHAR = 100;

const redactors = await composedBy(() => createRedactor(["our-own-backend-token", "a".repeat(24), "+/+/+/+/+/~~"]));
const composed = await composedPatterns();
const patterns = [
  ...(await literalPatterns()),
  ...composed,
  ...redactors.map((pattern) => ({ file: "executor/redact.ts", pattern })),
];

setDefaultTimeout(60_000);

describe("every regular expression of src takes steps in proportion to its input", () => {
  test.each(
    Map.groupBy(patterns, ({ file }) => file)
      .entries()
      .toArray(),
  )("%s", (_file, inFile) => {
    const costly = inFile
      .map(({ pattern }) => ({ pattern, ...growthOf(pattern) }))
      .filter(({ perChar }) => perChar > MAX_STEPS_PER_CHAR);
    expect(costly).toEqual([]);
  });
});

test("they are all found: written out, put together, within templates and pages", async () => {
  const sources = patterns.map(({ file, pattern }) => `${file} ${pattern.source}`);
  expect(sources).toContainEqual(expect.stringContaining("views/ui.tsx (`[^`]*`|"));
  expect(sources).toContain("lib/json.ts NaN|Infinity");
  expect(sources).toContain(String.raw`doctor/shell.ts [^\w]`);
  expect(composed.map(({ file }) => file)).toEqual(
    expect.arrayContaining(["executor/redact.ts", "gateway/failure-texts.ts", "lib/secret-shapes.ts"]),
  );
});

test.each([
  /(a+)+$/,
  /\s*,\s*/,
  /\/+$/,
  /,\s*\S+\s/,
  /\bmodel\b.*(?:exist|not found)/i,
  /(?:unshare|clone).*(?:EPERM|not permitted)/,
  /env: .*\bnode\b.*No such file/,
  /spawn \S*codex\S* ENOENT/,
  /(\/[^\s:]+\.toml)(?::(\d+))?/,
  /^https?:\/\/[^/?]*([^?]*?)\/+(\?.*)?$/,
  /^\s*export\s+\w+=/m,
  /(--(?:[\w-]{0,60}-)?(?:token|api-key))\s+\S+/,
  /"(?:[^"\\]|\\.)*"/,
])("%p is found out", (pattern) => {
  for (const seed of [1, 2, 3]) expect(growthOf(pattern, seed).perChar).toBeGreaterThan(MAX_STEPS_PER_CHAR);
});

test.each([/^[^a]*a$/, /(?<![\w.-])[\w.-]*token/, /^(?:(?!b).)*b.*c/, /\d{1,9}s/])("%p is not", (pattern) =>
  expect(growthOf(pattern).perChar).toBeLessThan(MAX_STEPS_PER_CHAR),
);
