import { expect, test } from "bun:test";
import { urlHostOf } from "@/lib/http.ts";

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["0.0.0.0", "127.0.0.1"],
  ["::", "127.0.0.1"],
  ["::1", "[::1]"],
  ["backend.example", "backend.example"],
])("a service bound to %s is visited at %s", (bound, visited) => {
  expect(urlHostOf(bound)).toBe(visited);
});
