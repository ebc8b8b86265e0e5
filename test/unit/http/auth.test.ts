import { expect, test } from "bun:test";
import { createSecretCheck, sourceOfAddress } from "@/http/auth.ts";

test("a secret matches only itself", () => {
  const isSecret = createSecretCheck("a-token-of-the-api");
  expect(["a-token-of-the-api", "a-token-of-the-ap", "A-TOKEN-OF-THE-API", ""].map(isSecret)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("without a secret nothing matches, not even an empty one", () => {
  expect(createSecretCheck("")("")).toBe(false);
});

test.each([
  ["127.0.0.1", "loopback"],
  ["127.9.8.7", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::1", "loopback"],
  ["::1:2", ""],
  ["fe80::1", "fe80"],
  ["10.127.0.1", "10.127.0.1"],
  ["::ffff:10.127.0.1", "10.127.0.1"],
  ["::ffff:10:1", ""],
  ["64:ff9b::ffff:192.0.2.1", "64:ff9b"],
  ["128.0.0.1", "128.0.0.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::6", "2001:db8:1:2"],
  ["2001:db8::6", "2001:db8"],
  ["", ""],
])("%j counts as source %j", (address, source) => {
  expect(sourceOfAddress(address)).toBe(source);
});
