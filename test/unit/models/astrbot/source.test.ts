import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture } from "@test/support/fixtures.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import type { Clock } from "@/lib/clock.ts";
import { MAX_FILE_BYTES, REREAD_DELAY_MS, readSource } from "@/models/astrbot/source.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "models-source-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const runNow = (_delayMs: number, callback: () => void) => {
  queueMicrotask(callback);
  return () => {};
};

/** With a clock whose waits are over at once, so that the second look at a broken file follows the first. */
const read = (path: string, isStrict = false) => readSource(path, { ...createTestClock(), schedule: runNow }, isStrict);

const bytes = (...parts: (string | number[])[]) => Buffer.concat(parts.map((part) => Buffer.from(part as string)));

describe("what Python writes is read", () => {
  const BOM = [0xef, 0xbb, 0xbf];

  test.each([
    ["no BOM", bytes('{"a":"中"}')],
    ["one BOM", bytes(BOM, '{"a":"中"}')],
    ["two BOMs", bytes(BOM, BOM, '{"a":"中"}')],
  ])("%s", async (name, content) => {
    expect(await read(file(name, content))).toEqual({ kind: "json", value: { a: "中" } });
  });

  test("NaN", async () => {
    expect(await read(file("nan", '{"a":NaN,"b":1}'))).toMatchObject({ kind: "json", value: { b: 1 } });
  });

  test("bad bytes are replaced, or refused where that is asked for", async () => {
    const path = file("bytes", bytes('{"a":"', [0xff], '"}'));

    expect(await read(path)).toEqual({ kind: "json", value: { a: "\ufffd" } });
    expect(await read(path, true)).toMatchObject({ kind: "broken", fault: "not_text" });
  });

  test("a file of exactly 8 MiB", async () => {
    const path = file("full", `"${"a".repeat(MAX_FILE_BYTES - 2)}"`);

    expect((await read(path)).kind).toBe("json");
  });
});

describe("what is no such file", () => {
  test("nothing there, or a link to nothing, is missing", async () => {
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));

    expect(await read(join(folder, "nowhere"))).toEqual({ kind: "missing", fault: "missing" });
    expect(await read(join(folder, "dangling"))).toEqual({ kind: "missing", fault: "dangling_link" });
  });

  test("a directory, a device, a FIFO and a socket are distinguished, and none of them blocks", async () => {
    const at = (name: string) => join(folder, name);
    Bun.spawnSync(["mkfifo", at("fifo")]);
    mkdirSync(at("directory"));
    const server = Bun.listen({ unix: at("socket"), socket: { data() {} } });

    for (const fault of ["directory", "fifo", "socket"] as const) {
      expect(await read(at(fault))).toEqual({ kind: "broken", fault, detail: "" });
    }
    expect(await read("/dev/zero")).toEqual({ kind: "broken", fault: "device", detail: "" });
    server.stop();
  });

  test("what the system refuses carries its error code", async () => {
    symlinkSync(join(folder, "loop"), join(folder, "loop"));

    expect(await read(join(folder, "loop"))).toEqual({ kind: "broken", fault: "unreadable", detail: "ELOOP" });
    expect(await read(join(file("plain", "{}"), "child"))).toMatchObject({ fault: "unreadable", detail: "ENOTDIR" });
  });

  test("one byte over 8 MiB is too large", async () => {
    expect(await read(file("large", " ".repeat(MAX_FILE_BYTES + 1)))).toMatchObject({ fault: "too_large" });
  });
});

describe("a half-written file", () => {
  test.each([
    ["empty", "", "empty"],
    ["blank", "\ufeff \n", "empty"],
    ["cut", '{"a": "sk-FAKE-SECRET-1', "not_json"],
    ["deep", "[".repeat(1_000_000), "too_large"],
  ])("that stays %s is broken", async (name, content, fault) => {
    const outcome = await read(file(name, content));

    expect(outcome).toMatchObject({ kind: "broken", fault, detail: "" });
  });

  test("that is complete a moment later is read", async () => {
    const path = file("growing", "");
    const waits: (() => void)[] = [];
    const asked = Promise.withResolvers<number>();
    const clock: Clock = {
      ...createTestClock(),
      schedule(delayMs, callback) {
        waits.push(callback);
        asked.resolve(delayMs);
        return () => {};
      },
    };

    const outcome = readSource(path, clock);
    expect(await asked.promise).toBe(REREAD_DELAY_MS);
    writeFileSync(path, '{"a":1}');
    for (const resume of waits) resume();

    expect(await outcome).toEqual({ kind: "json", value: { a: 1 } });
  });

  test("of AstrBot, cut in the middle, is broken and not quoted", async () => {
    const outcome = await read(fixture("astrbot/cmd_config_truncated.json"));

    expect(outcome).toEqual({ kind: "broken", fault: "not_json", detail: "" });
  });
});
