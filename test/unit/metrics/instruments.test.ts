import { describe, expect, test } from "bun:test";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { createCounter, createHistogram, gauge, toText } from "@/metrics/instruments.ts";

/** What Prometheus' own client for JavaScript would have written, without the empty lines between its families. */
const reference = async (registry: Registry): Promise<string> =>
  `${(await registry.metrics()).trim().replace(/\n+/g, "\n")}\n`;

describe("the text is the one that prom-client writes", () => {
  test("of a counter, with labels that need escaping", async () => {
    const registry = new Registry();
    const named = { name: "seen_total", help: "What was seen." };
    const theirs = new Counter({ ...named, labelNames: ["kind", "text"], registers: [registry] });
    const ours = createCounter(named.name, named.help);
    for (const [kind, text] of [
      ["a", 'a "quoted" \\ text\nof two lines'],
      ["a", "任务"],
      ["b", ""],
      ["a", "任务"],
    ] as const) {
      theirs.inc({ kind, text });
      ours.inc({ kind, text });
    }
    expect(toText([ours.family()])).toBe(await reference(registry));
  });

  test("of histograms, values on a bound and beyond the last among them", async () => {
    const registry = new Registry();
    const named = { name: "taken_seconds", help: "Time taken." };
    const bounds = [0.1, 0.5, 2];
    const theirs = new Histogram({ ...named, labelNames: ["route"], buckets: bounds, registers: [registry] });
    const ours = createHistogram(named.name, named.help, bounds);
    for (const route of ["/a", "/b"]) {
      for (const seconds of [0, 0.1, 0.10001, 0.5, 2, 2.5, 1e6]) {
        theirs.observe({ route }, seconds);
        ours.observe(seconds, { route });
      }
    }
    // prom-client puts `le` before the other labels; their order means nothing.
    const text = toText([ours.family()]).replace(/\{(route="[^"]*"),(le="[^"]*")\}/g, "{$2,$1}");
    expect(text).toBe(await reference(registry));
  });

  test("of a gauge", async () => {
    const registry = new Registry();
    new Gauge({ name: "free_bytes", help: "Free.", registers: [registry] }).set(12.5);
    expect(toText([gauge("free_bytes", "Free.", 12.5)])).toBe(await reference(registry));
  });
});

test("a gauge without a value is left out", () => {
  const gauges = [gauge("a", "A.", undefined), gauge("b", "B.", null), gauge("c", "C.", 0)];
  expect(toText(gauges)).toBe("# HELP c C.\n# TYPE c gauge\nc 0\n");
});

test("labels without a bound do not take memory without one", () => {
  const counter = createCounter("seen_total", "Seen.");
  for (let n = 0; n < 5000; n++) counter.inc({ path: `/${n}` });
  counter.inc({ path: "/1" });
  const { samples } = counter.family();
  expect(samples).toHaveLength(1000);
  expect(samples[1]).toEqual({ labels: { path: "/1" }, value: 2 });
});
