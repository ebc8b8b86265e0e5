import { expect, test } from "bun:test";
import { Hono } from "hono";
import { createConcurrencyLimit, limitConcurrency } from "@/http/concurrency.ts";
import type { AppEnv } from "@/http/env.ts";

test("admits as many as the limit allows, and one more for each that is released", () => {
  const limit = createConcurrencyLimit(2);
  const release = limit.acquire();
  limit.acquire();
  expect(() => limit.acquire()).toThrow("too_busy");
  release();
  expect(limit.active()).toBe(1);
  limit.acquire();
  expect(() => limit.acquire()).toThrow("too_busy");
});

test("a request counts until it has been answered or has failed", async () => {
  const limit = createConcurrencyLimit(1);
  const gate = Promise.withResolvers<void>();
  const app = new Hono<AppEnv>()
    .get("/slow", limitConcurrency(limit), async (c) => {
      await gate.promise;
      return c.text("done");
    })
    .get("/broken", limitConcurrency(limit), () => {
      throw new Error("broken");
    });
  app.onError((error, c) => c.text(error.message, 500));

  const slow = Promise.resolve(app.request("/slow"));
  expect(limit.active()).toBe(1);
  expect(await (await app.request("/slow")).text()).toBe('too_busy {"limit":1}');
  gate.resolve();
  expect(await (await slow).text()).toBe("done");
  expect(limit.active()).toBe(0);
  expect(await (await app.request("/broken")).text()).toBe("broken");
  expect(limit.active()).toBe(0);
});
