import { expect, test } from "bun:test";
import { needsOf, raisedLimit } from "@/doctor/gateway.ts";

const needed = (version: string, memoryMib: number, freeBytes?: number) =>
  needsOf(version, { memoryMib, freeBytes }).flatMap((found) => found || []);
const kindsOf = (...host: Parameters<typeof needed>) => needed(...host).map(({ kind }) => kind);

test("a version asks for the memory and the disk that it was measured to take, before it is installed", () => {
  expect(kindsOf("2026.2.9", 2377)).toEqual([]);
  expect(kindsOf("2026.9.6", 2377)).toEqual(["sidecar_memory"]);
  expect(kindsOf("2026.9.6", 2377 + 1228)).toEqual([]);
  expect(kindsOf("latest", 2377)).toEqual(["sidecar_memory"]);
  expect(kindsOf("2026.2.9", 1024)).toEqual(["sidecar_memory"]);
  expect(kindsOf("2026.9.6", 4000, 2 ** 30)).toEqual(["sidecar_disk"]);
  expect(kindsOf("2026.9.6", 4000, 2 ** 32)).toEqual([]);
  expect(kindsOf("2026.9.6", Number.NaN)).toEqual([]);
});

test("the command makes enough swap", () => {
  expect(needed("2026.9.6", 2377)[0]?.command).toContain("fallocate -l 1024M /swapfile");
  expect(needed("2026.9.6", 1000)[0]?.command).toContain("-l 2048M");
});

test("a container that was ended for memory gets the default limit, or half a GiB more than it had", () => {
  const limits = [undefined, "", "1024m", "1g", "1536m", "2g", "1536MB", "1073741824"].map(raisedLimit);
  expect(limits).toEqual(["2048m", "2048m", "1536m", "1536m", "2048m", "2560m", "2048m", "1536m"]);
});
