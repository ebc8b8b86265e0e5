import { describe, expect, test } from "bun:test";
import { reduceBaseUrl } from "@/models/astrbot/record.ts";

describe("an address without secrets stays as it is written", () => {
  test.each([
    "https://api.openai.com/v1",
    "https://x.example",
    "https://x.example/",
    "http://127.0.0.1:11434/v1",
    "http://[::1]:8080/v1",
    "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "https://router.huggingface.co/hf-inference/models/Qwen/Qwen2.5-72B-Instruct/v1",
    "https://api.example/openai/deployments/gpt-4o-mini-2024-07-18",
    "https://api.cloudflare.com/run/@cf/meta",
  ])("%s", (address) => expect(reduceBaseUrl(address)).toBe(address));
});

describe("only scheme, host, port and path are kept", () => {
  test.each([
    ["https://user:password@h.example/v1", "https://h.example/v1"],
    ["https://h.example/v1?key=k#token", "https://h.example/v1"],
    ["https://h.example?key=k/v1", "https://h.example"],
    ["HTTPS://H.Example:443/v1", "https://h.example/v1"],
  ])("%s", (address, reduced) => expect(reduceBaseUrl(address)).toBe(reduced));
});

describe("a path segment that looks like a key is hidden", () => {
  test.each([
    "sk-abcdefgh12",
    "sk-FAKE-SECRET-1",
    "%73k-abcdefgh12",
    "AIzaSyA-1234567",
    "eyJhbGciOiJIUzI1NiJ9.e30.abc",
    "my-secret",
    "key=value",
    "c0ffee00c0ffee00",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh",
  ])("%s", (segment) => {
    expect(reduceBaseUrl(`https://h.example/proxy/${segment}/v1`)).toBe("https://h.example/proxy/***/v1");
  });
});

describe("what is not an http address becomes empty, never the raw text", () => {
  test.each([
    "",
    "10",
    "é",
    "ftp://h.example/v1",
    "bob:pw@host",
    "https:h.example",
    "https://",
    "https://h.example:99999/",
    "https://h.example/v1\r\nsk-abcdefgh12",
    "https://h.example/\u0000",
    "https://h.example/\ud800",
    "https://user:12/34@h.example/v1",
    "https://user:12?34@h.example/v1",
    `https://h.example/${"a/".repeat(2000)}`,
  ])("%j", (address) => expect(reduceBaseUrl(address)).toBe(""));
});
