import { expect, test } from "bun:test";
import { createSecretCheck } from "@/http/secret.ts";

test("a secret is matched by itself alone", () => {
  const isSecret = createSecretCheck("a-token-of-the-api");
  expect(["a-token-of-the-api", "a-token-of-the-ap", "A-TOKEN-OF-THE-API", ""].map(isSecret)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test("where there is none, nothing is let in, not even nothing", () => {
  expect(createSecretCheck("")("")).toBe(false);
});
