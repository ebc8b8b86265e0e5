import type { Family } from "./family.ts";

/** Labels come from fixed lists; should one turn out not to, it costs this much memory and no more. */
const MAX_SERIES = 1000;

interface Named<Label extends string> {
  name: string;
  help: string;
  labels: readonly Label[];
}

/** Values by label values, in the order of the labels. Plain numbers: a request pays for a look-up and an addition. */
const createSeries = <Label extends string, Value>(labels: readonly Label[], create: () => Value) => {
  const byKey = new Map<string, { values: readonly string[]; current: Value }>();
  return {
    at(values: readonly string[]): Value | undefined {
      const key = values.join("\0");
      const known = byKey.get(key);
      if (known) return known.current;
      if (byKey.size >= MAX_SERIES) return undefined;
      const current = create();
      byKey.set(key, { values: [...values], current });
      return current;
    },
    all: () =>
      [...byKey.values()].map(({ values, current }) => ({
        labels: Object.fromEntries(labels.map((label, at) => [label, values[at] ?? ""])),
        current,
      })),
  };
};

export const createCounter = <Label extends string>({ name, help, labels }: Named<Label>) => {
  const series = createSeries(labels, () => ({ value: 0 }));
  return {
    inc(...values: string[]): void {
      const counted = series.at(values);
      if (counted) counted.value++;
    },
    family: (): Family => ({
      name,
      type: "counter",
      help,
      samples: series.all().map(({ labels, current }) => ({ labels, value: current.value })),
    }),
  };
};

/** @param bounds upper, inclusive, rising. */
export const createHistogram = <Label extends string>({
  name,
  help,
  labels,
  bounds,
}: Named<Label> & { bounds: readonly number[] }) => {
  const series = createSeries(labels, () => ({ counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }));
  const bucketOf = (value: number): number => {
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    return bucket;
  };
  return {
    observe(value: number, ...values: string[]): void {
      const seen = series.at(values);
      if (!seen) return;
      const bucket = bucketOf(value);
      seen.counts[bucket] = (seen.counts[bucket] ?? 0) + 1;
      seen.sum += value;
    },
    family: (): Family => ({
      name,
      type: "histogram",
      help,
      samples: series.all().flatMap(({ labels, current: { counts, sum } }) => {
        let total = 0;
        const buckets = counts.map((count, bucket) => {
          total += count;
          const le = bucket < bounds.length ? String(bounds[bucket]) : "+Inf";
          return { suffix: "_bucket" as const, labels: { ...labels, le }, value: total };
        });
        return [...buckets, { suffix: "_sum", labels, value: sum }, { suffix: "_count", labels, value: total }];
      }),
    }),
  };
};
