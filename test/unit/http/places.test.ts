import { expect, test } from "bun:test";
import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { createPlaces, inPlace } from "@/http/places.ts";

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

test("a handler holds its place until it has answered or failed", async () => {
  const places = createPlaces(1);
  const gate = Promise.withResolvers<void>();
  const app = new Hono<AppEnv>()
    .get("/slow", inPlace(places), async (c) => {
      await gate.promise;
      return c.text("done");
    })
    .get("/broken", inPlace(places), () => {
      throw new Error("broken");
    });
  app.onError((error, c) => c.text(error.message, 500));

  const slow = Promise.resolve(app.request("/slow"));
  expect(places.taken()).toBe(1);
  expect(await (await app.request("/slow")).text()).toBe('too_busy {"limit":1}');
  gate.resolve();
  expect(await (await slow).text()).toBe("done");
  expect(places.taken()).toBe(0);
  expect(await (await app.request("/broken")).text()).toBe("broken");
  expect(places.taken()).toBe(0);
});
