type Labels = Readonly<Record<string, string>>;

/** One metric with all its series; the suffix is what a histogram adds to its name. */
export interface Family {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  samples: readonly { suffix?: "_bucket" | "_sum" | "_count"; labels?: Labels; value: number }[];
}

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Labels come from fixed lists; the limit bounds memory if one does not. */
const MAX_SERIES = 1000;

type Value = number | null | undefined | Family["samples"];

const family =
  (type: Family["type"]) =>
  (name: string, help: string, value: Value): Family => {
    return { name, type, help, samples: typeof value === "number" ? [{ value }] : (value ?? []) };
  };

export const gauge = family("gauge");
export const counter = family("counter");
const histogram = family("histogram");

/** What is counted for each combination of labels. */
const createSeries = <Counts extends object>(create: () => Counts) => {
  const series = new Map<string, Counts & { labels: Labels }>();
  return {
    at(labels: Labels) {
      const key = JSON.stringify(labels);
      const found = series.get(key) ?? { ...create(), labels };
      if (series.size < MAX_SERIES) series.set(key, found);
      return found;
    },
    all: () => [...series.values()],
  };
};

export const createCounter = (name: string, help: string) => {
  const series = createSeries(() => ({ value: 0 }));
  return {
    inc: (labels: Labels): void => void series.at(labels).value++,
    family: () => counter(name, help, series.all()),
  };
};

/** @param bounds upper, inclusive, rising. */
export const createHistogram = (name: string, help: string, bounds: readonly number[]) => {
  const series = createSeries(() => ({ counts: bounds.map(() => 0), total: 0, sum: 0 }));
  return {
    observe(value: number, labels: Labels = {}): void {
      const found = series.at(labels);
      found.counts = found.counts.map((count, bucket) => (value <= (bounds[bucket] ?? 0) ? count + 1 : count));
      found.total++;
      found.sum += value;
    },
    family() {
      const samples = series.all().flatMap(({ counts, total, sum, labels }): Family["samples"] => [
        ...[...counts, total].map((value, bucket) => ({
          suffix: "_bucket" as const,
          labels: { ...labels, le: String(bounds[bucket] ?? "+Inf") },
          value,
        })),
        { suffix: "_sum", labels, value: sum },
        { suffix: "_count", labels, value: total },
      ]);
      return histogram(name, help, samples);
    },
  };
};

/** Prometheus' text format 0.0.4. */
export const toText = (families: readonly Family[]): string =>
  families
    .filter(({ type, samples }) => type !== "gauge" || samples.length > 0)
    .flatMap(({ name, type, help, samples }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({ suffix = "", labels = {}, value }) => `${name}${suffix}${labelsText(labels)} ${value}`),
    ])
    .join("\n")
    .concat("\n");

const labelsText = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
};

const escaped = (character: string): string => (character === "\n" ? "\\n" : `\\${character}`);
