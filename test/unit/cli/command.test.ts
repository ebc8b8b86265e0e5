import { describe, expect, test } from "bun:test";
import { parseCommandLine } from "@/cli/command.ts";

const parse = (line: string, environment = {}) => parseCommandLine(line === "" ? [] : line.split(" "), environment);

describe("a command line", () => {
  test.each([
    ["", "serve"],
    ["--lang en", "serve"],
    ["doctor --json", "doctor"],
    ["restore backups/a.db", "restore"],
    ["notify --test --lang zh-CN", "notify"],
    ["deploy-systemd --install", "deploy-systemd"],
    ["deploy-systemd --print", "deploy-systemd"],
  ])("runs: %s", (line, name) => {
    expect(parse(line)).toMatchObject({ kind: "run", name });
  });

  test.each([
    ["nonsense", "nonsense"],
    ["doctor --jsno", "--jsno"],
    ["doctor --json=yes", "--json yes"],
    ["doctor --test", "--test"],
    ["doctor now", "now"],
    ["backup --dry-run -x", "--dry-run, -x"],
    ["backup a.db", "a.db"],
    ["restore a.db b.db", "b.db"],
    ["doctor --lang fr", "--lang fr"],
    ["doctor --lang", "--lang"],
    ["doctor --lang english", "--lang english"],
    ["doctor -- --help", "--help"],
    ["--verbose", "--verbose"],
    ["__proto__", "__proto__"],
    ["constructor", "constructor"],
    ["doctor --__proto__", "--__proto__"],
    ["doctor --constructor", "--constructor"],
  ])("is refused with code 2 and the words that are wrong: %s", (line, words) => {
    const parsed = parse(line);
    expect(parsed).toMatchObject({ kind: "help", exitCode: 2 });
    expect("text" in parsed && parsed.text.split("\n")[0]).toBe(`命令写错了，什么也没有做：${words}`);
  });

  test.each([
    "--help",
    "-h",
    "doctor --help",
    "notify -h",
    "backup --help",
    "restore x --help",
    "deploy-systemd --help",
  ])("shows help instead of acting: %s", (line) => {
    const parsed = parse(line);
    expect(parsed).toMatchObject({ kind: "help", exitCode: 0 });
    expect("text" in parsed && parsed.text).toStartWith("用法：bun run ");
  });

  test.each([
    [{ LANG: "en_US.UTF-8" }, "Usage"],
    [{ LANG: "zh_CN.UTF-8" }, "用法"],
    [{ LANG: "C.UTF-8" }, "用法"],
    [{}, "用法"],
    [{ LANG: "zh_CN.UTF-8", LC_ALL: "en_GB" }, "Usage"],
    [{ LANG: "en_US", LC_ALL: "", LC_MESSAGES: "zh_TW" }, "用法"],
  ])("speaks the language of %p", (environment, word) => {
    const parsed = parse("backup --help", environment);
    expect("text" in parsed && parsed.text).toStartWith(word);
    expect(parse("backup --help --lang zh_CN", environment)).toMatchObject({ text: expect.stringMatching(/^用法/) });
    expect(parse("backup", environment)).toMatchObject({ context: { locale: word === "Usage" ? "en" : "zh-CN" } });
  });
});
