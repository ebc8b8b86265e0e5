import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileSink } from "@/lib/file-sink.ts";

const folder = mkdtempSync(join(tmpdir(), "sink-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("appends to a file that only its owner can read", () => {
  const path = join(folder, "private");
  createFileSink({ path, maxBytes: 1000, keep: 1 }).write("a\n");
  createFileSink({ path, maxBytes: 1000, keep: 1 }).write("b\n");
  expect(readFileSync(path, "utf8")).toBe("a\nb\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("keeps the newest generations and no line in two halves", () => {
  const path = join(folder, "rotated");
  const sink = createFileSink({ path, maxBytes: 8, keep: 2 });
  for (const line of ["1111\n", "2222\n", "3333\n", "4444\n"]) sink.write(line);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  expect(
    readdirSync(folder)
      .filter((name) => name.startsWith("rotated"))
      .sort(),
  ).toEqual(["rotated", "rotated.1", "rotated.2"]);
  expect([read("rotated"), read("rotated.1"), read("rotated.2")]).toEqual(["4444\n", "3333\n", "2222\n"]);
});

test("tells of a failure, and goes on when its cause is gone", () => {
  const path = join(folder, "later", "file");
  const sink = createFileSink({ path, maxBytes: 1000, keep: 1 });
  expect(() => sink.write("lost\n")).toThrow("ENOENT");
  mkdirSync(join(folder, "later"));
  sink.write("kept\n");
  expect(readFileSync(path, "utf8")).toBe("kept\n");
});
