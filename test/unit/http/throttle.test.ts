import { expect, test } from "bun:test";
import { createTestClock } from "@test/support/test-clock.ts";
import { createThrottle } from "@/http/throttle.ts";

const SOURCE = "127.0.0.1";

const createHarness = () => {
  const clock = createTestClock();
  const throttle = createThrottle({ clock });
  /** How long the refusal of one more wrong secret is held back. */
  const delayOf = async (source = SOURCE): Promise<number> => {
    const startedAtMs = clock.monotonicMs();
    let answeredAtMs: number | undefined;
    const answered = throttle.failed(source).then(() => {
      answeredAtMs = clock.monotonicMs();
    });
    await clock.advance(10_000);
    await answered;
    return (answeredAtMs ?? Number.NaN) - startedAtMs;
  };
  const fail = async (times: number, source = SOURCE) => {
    for (let n = 0; n < times; n++) await delayOf(source);
  };
  return { clock, throttle, delayOf, fail };
};

test("three mistakes are free, then each refusal takes twice as long, five seconds at most", async () => {
  const { delayOf } = createHarness();
  const delays: number[] = [];
  for (let n = 0; n < 11; n++) delays.push(await delayOf());
  expect(delays).toEqual([0, 0, 0, 250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
});

test("one source's mistakes are not another's", async () => {
  const { delayOf, fail } = createHarness();
  await fail(8);
  expect(await delayOf("192.0.2.1")).toBe(0);
});

test("a source starts anew when it has been quiet for a quarter of an hour, not before", async () => {
  const { clock, delayOf, fail } = createHarness();
  await fail(5);
  await clock.advance(15 * 60_000 - 10_001);
  expect(await delayOf()).toBe(1000);
  await clock.advance(15 * 60_000 - 10_000);
  expect(await delayOf()).toBe(0);
  expect(await delayOf()).toBe(0);
  expect(await delayOf()).toBe(0);
  expect(await delayOf()).toBe(250);
});

test("no more than 32 refusals are held back at once; further guesses are throttled, and the places come free again", async () => {
  const { clock, throttle, delayOf, fail } = createHarness();
  await fail(8);
  const held = Array.from({ length: 32 }, () => throttle.failed(SOURCE));
  expect(throttle.view().held).toBe(32);
  for (const source of [SOURCE, SOURCE]) expect(throttle.failed(source)).rejects.toThrow("auth_throttled");
  expect(await Promise.race([throttle.failed("another").then(() => "free"), clock.advance(0)])).toBe("free");
  await clock.advance(5000);
  await Promise.all(held);
  expect(throttle.view().held).toBe(0);
  expect(clock.pendingTimers()).toBe(0);
  expect(await delayOf()).toBe(5000);
});

test("it remembers 1,024 sources; later ones count as one, so that changing addresses resets nothing", async () => {
  const { clock, throttle, delayOf, fail } = createHarness();
  await fail(4, "first");
  for (let n = 0; n < 1023; n++) void throttle.failed(`source ${n}`);
  for (let n = 0; n < 20; n++) await delayOf(`new source ${n}`);
  expect(throttle.view().sources).toBe(1025);
  expect(await delayOf("first")).toBe(500);
  expect(await delayOf("yet another")).toBe(5000);

  await clock.advance(15 * 60_000);
  expect(await delayOf("yet another")).toBe(0);
  expect(throttle.view().sources).toBe(1);
});
