import type { Family } from "./text.ts";

/** Labels come from fixed lists; the limit bounds memory if one does not. */
const MAX_SERIES = 1000;

/** Values by label values, given in the order of `labels`. */
const createSeries = <Value>(labels: readonly string[], create: () => Value) => {
  const series = new Map<string, { labels: Readonly<Record<string, string>>; value: Value }>();
  return {
    /** undefined for a new series beyond the limit. */
    at(labelValues: readonly string[]): Value | undefined {
      const key = labelValues.join("\0");
      let found = series.get(key);
      if (!found && series.size < MAX_SERIES) {
        const pairs = labels.map((label, index) => [label, labelValues[index] ?? ""]);
        found = { labels: Object.fromEntries(pairs), value: create() };
        series.set(key, found);
      }
      return found?.value;
    },
    all: () => [...series.values()],
  };
};

export const createCounter = (name: string, help: string, labels: readonly string[]) => {
  const series = createSeries(labels, () => ({ count: 0 }));
  return {
    inc(...labelValues: string[]): void {
      const counter = series.at(labelValues);
      if (counter) counter.count++;
    },
    family: (): Family => ({
      name,
      type: "counter",
      help,
      samples: series.all().map(({ labels, value }) => ({ labels, value: value.count })),
    }),
  };
};

/** @param bounds upper, inclusive, rising. */
export const createHistogram = (name: string, help: string, labels: readonly string[], bounds: readonly number[]) => {
  const series = createSeries(labels, () => ({ counts: bounds.map(() => 0), total: 0, sum: 0 }));
  return {
    observe(value: number, ...labelValues: string[]): void {
      const histogram = series.at(labelValues);
      if (!histogram) return;
      histogram.counts = histogram.counts.map((count, bucket) => (value <= (bounds[bucket] ?? 0) ? count + 1 : count));
      histogram.total++;
      histogram.sum += value;
    },
    family: (): Family => ({
      name,
      type: "histogram",
      help,
      samples: series.all().flatMap(({ labels, value: { counts, total, sum } }) => [
        ...[...counts, total].map((value, bucket) => ({
          suffix: "_bucket" as const,
          labels: { ...labels, le: String(bounds[bucket] ?? "+Inf") },
          value,
        })),
        { suffix: "_sum" as const, labels, value: sum },
        { suffix: "_count" as const, labels, value: total },
      ]),
    }),
  };
};

/** A value or samples of now; unknown when there is none. */
export const gauge = (name: string, help: string, value: number | null | undefined | Family["samples"]): Family => {
  if (typeof value === "number") return { name, type: "gauge", help, samples: [{ value }] };
  return { name, type: "gauge", help, samples: value ?? [] };
};

/** A counter that is kept elsewhere. */
export const counter = (name: string, help: string, value: number): Family => {
  return { name, type: "counter", help, samples: [{ value }] };
};
