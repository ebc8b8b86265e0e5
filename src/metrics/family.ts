/** One metric and all its values, as Prometheus' text format 0.0.4 tells them. */
export interface Family {
  name: string;
  type: "counter" | "gauge" | "histogram";
  help: string;
  samples: readonly Sample[];
}

interface Sample {
  /** What a histogram adds to its name. */
  suffix?: "_bucket" | "_sum" | "_count";
  labels?: Readonly<Record<string, string>>;
  value: number;
}

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export const toText = (families: readonly Family[]): string =>
  families
    .flatMap(({ name, type, help, samples }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({ suffix = "", labels = {}, value }) => `${name}${suffix}${labelsText(labels)} ${value}`),
    ])
    .join("\n")
    .concat("\n");

const labelsText = (labels: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
};

const escaped = (character: string): string => (character === "\n" ? "\\n" : `\\${character}`);

/** A gauge without labels; without a value it is left out, which is how Prometheus says unknown. */
export const gauge = (name: string, help: string, value: number | null | undefined): Family[] =>
  value === null || value === undefined ? [] : [{ name, type: "gauge", help, samples: [{ value }] }];

/** One of several states: 1 for the one there is. */
export const stateSamples = (
  states: readonly string[],
  current: string,
  labels: Readonly<Record<string, string>> = {},
): Sample[] => states.map((state) => ({ labels: { ...labels, state }, value: state === current ? 1 : 0 }));
