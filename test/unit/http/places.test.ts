import { expect, test } from "bun:test";
import { createPlaces } from "@/http/places.ts";

test("gives out as many places as there are, and each one once more when it comes back", () => {
  const places = createPlaces(2);
  const leave = places.take();
  places.take();
  expect(() => places.take()).toThrow("too_busy");
  leave();
  leave();
  expect(places.taken()).toBe(1);
  places.take();
  expect(() => places.take()).toThrow("too_busy");
});
