/** What was measured, by name, in the order in which it was first seen. */
export const createSamples = () => {
  const all = new Map<string, number[]>();
  const of = (name: string): readonly number[] => {
    const values = all.get(name);
    if (!values) throw new Error(`nothing measured as ${name}`);
    return values;
  };
  return {
    add(name: string, value: number): void {
      all.set(name, [...(all.get(name) ?? []), value]);
    },
    has: (name: string): boolean => all.has(name),
    median: (name: string): number => median(of(name)),
    all: (): { name: string; median: number; values: readonly number[] }[] =>
      [...all].map(([name, values]) => ({ name, median: median(values), values })),
  };
};
export type Samples = ReturnType<typeof createSamples>;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return ((sorted[middle] ?? Number.NaN) + (sorted[Math.ceil(sorted.length / 2 - 1)] ?? Number.NaN)) / 2;
};
