import { expect, test } from "bun:test";
import { sourceOfAddress } from "@/http/source.ts";

test.each([
  ["127.0.0.1", "loopback"],
  ["127.9.8.7", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::1", "loopback"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["128.0.0.1", "128.0.0.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:02::6", "2001:db8:1:2::/64"],
  ["2001:db8::6", "2001:db8:0:0::/64"],
  ["2001:db8::", "2001:db8:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["", ""],
])("%j counts for %j", (address, source) => {
  expect(sourceOfAddress(address)).toBe(source);
});
