import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { releaseStartupPages } from "@/cli/startup-pages.ts";
import { openLibc } from "@/executor/libc.ts";

/** Of Bun's own code. */
const mappedKib = (): number => {
  const mapping = readFileSync("/proc/self/smaps", "utf8")
    .split(/^(?=[\da-f]+-)/m)
    .find((text) => text.includes(" r-xp ") && text.includes(process.execPath));
  return Number(/^Rss:\s+(\d+) kB/m.exec(mapping ?? "")?.[1] ?? expect.unreachable("no code of Bun's is mapped"));
};

test("code that has run is let go, and what is needed comes back", () => {
  const before = mappedKib();
  releaseStartupPages(openLibc());
  expect(mappedKib()).toBeLessThan(before / 2);
  expect(JSON.parse('{"still":"here"}')).toEqual({ still: "here" });
});

test("without the system's calls everything stays as it is", () => {
  expect(() => releaseStartupPages(undefined)).not.toThrow();
});
