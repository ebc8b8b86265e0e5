import { afterAll, expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
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

test("a link stays, and the file it leads to is rotated where it is", () => {
  mkdirSync(join(folder, "target"));
  const path = join(folder, "link");
  symlinkSync("target/log", path);
  const sink = createFileSink({ path, maxBytes: 8, keep: 2 });
  for (const line of ["1111\n", "2222\n", "3333\n"]) sink.write(line);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(readdirSync(join(folder, "target")).sort()).toEqual(["log", "log.1", "log.2"]);
  expect(readFileSync(path, "utf8")).toBe("3333\n");
});

test("what another program has moved away is not written any more", () => {
  const path = join(folder, "moved");
  const sink = createFileSink({ path, maxBytes: 1000, keep: 1 });
  sink.write("1\n");
  renameSync(path, `${path}.away`);
  sink.write("2\n");
  rmSync(path);
  sink.write("3\n");
  expect([readFileSync(`${path}.away`, "utf8"), readFileSync(path, "utf8")]).toEqual(["1\n", "3\n"]);
});

test("a pipe in its place is neither opened nor changed, nor is one in the place of a rotated file", () => {
  const path = join(folder, "piped");
  Bun.spawnSync(["mkfifo", "-m", "666", path, `${path}.1`]);
  const sink = createFileSink({ path, maxBytes: 4, keep: 1 });
  expect(() => sink.write("1\n")).toThrow("is a named pipe, not a regular file");
  expect(statSync(path).mode & 0o777).toBe(0o666);
  rmSync(path);
  for (const line of ["11\n", "22\n"]) sink.write(line);
  expect([readFileSync(`${path}.1`, "utf8"), readFileSync(path, "utf8")]).toEqual(["11\n", "22\n"]);
});
