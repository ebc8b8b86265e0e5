export interface Series {
  family: string;
  type: string;
  name: string;
  labels: Record<string, string>;
  value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/gy;

/** Reads Prometheus' text format 0.0.4, strictly: throws at the first line that is not of it. */
export const parseMetrics = (text: string): Series[] => {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const types = new Map<string, string>();
  let family = "";
  return text.split("\n").flatMap((line) => {
    const [, word, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (word === "HELP") family = name;
    if (word === "TYPE" && types.has(name)) throw new Error(`${name} is told of twice`);
    if (word === "TYPE") types.set(name, rest);
    if (word || line === "") return [];
    const [, series = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
    const base = types.get(family) === "histogram" ? series.replace(/_(?:bucket|sum|count)$/, "") : series;
    if (base !== family || Number.isNaN(Number(value))) throw new Error(`no sample of ${family}: ${line}`);
    return [{ family, type: types.get(family) ?? "", name: series, labels: parseLabels(labels), value: Number(value) }];
  });
};

const parseLabels = (text: string): Record<string, string> => {
  const found = [...text.matchAll(LABEL)];
  if (found.reduce((length, [whole]) => length + whole.length, 0) !== text.length)
    throw new Error(`no labels: ${text}`);
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, value]));
};
