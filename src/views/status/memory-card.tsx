import type { MemoryView } from "@/gates/memory.ts";
import type { TextKey, Translate } from "@/locales/translate.ts";
import type { StatusPageView } from "@/status/service.ts";
import { Card, Facts, Pill, type Tone } from "../ui.tsx";

const gates: Record<MemoryView["gate"], { tone: Tone; text: TextKey; refused: TextKey }> = {
  open: { tone: "ok", text: "status.memory_open", refused: "page.none" },
  heavy_rejected: { tone: "warning", text: "status.memory_heavy_rejected", refused: "status.refused_heavy" },
  read_only: { tone: "fault", text: "status.memory_read_only", refused: "status.refused_writes" },
  unknown: { tone: "off", text: "status.memory_unknown", refused: "page.none" },
};

export const MemoryCard = ({ view: { memory, history }, t }: { view: StatusPageView; t: Translate }) => {
  const { tone, text, refused } = gates[memory.gate];
  const { available_mib, heavy_below_mib: heavy, read_only_below_mib: readOnly } = memory;
  const known = [...history.memory_mib, available_mib].filter((mib) => mib !== null);
  return (
    <Card id="memory" title={t("status.memory")} aside={<Pill tone={tone}>{t(text)}</Pill>}>
      <p class="figure">
        <strong>{available_mib ?? "?"}</strong> MiB {t("status.available")}
      </p>
      <Facts rows={[[t("status.refused_now"), t(refused)]]} />
      {available_mib !== null && (
        <MemoryChart memory={{ ...memory, available_mib }} history={history.memory_mib} t={t} />
      )}
      <p class="hint">
        {known.length > 0 && t("status.memory_hour", { lowest: Math.min(...known), highest: Math.max(...known) })}{" "}
        {t("status.memory_lines", { heavy, readOnly })}
      </p>
    </Card>
  );
};

const WIDTH = 300;
const HEIGHT = 100;
/** Leaves room for the labels of the two limits. */
const PLOT_WIDTH = 264;
const MINUTES = 60;
/** Top of the plot in multiples of the upper limit; values above the highest are cut. */
const SCALES = [2, 3, 4] as const;

interface MemoryChartProps {
  memory: MemoryView & { available_mib: number };
  /** Once a minute, the oldest first. */
  history: readonly (number | null)[];
  t: Translate;
}

/** The last hour and the two limits. Attributes only: the page's policy allows no inline style. */
const MemoryChart = ({ memory, history, t }: MemoryChartProps) => {
  const { available_mib: available, heavy_below_mib: heavy, read_only_below_mib: readOnly, gate } = memory;
  const samples = [...history, available].slice(-MINUTES - 1);
  const highest = Math.max(...samples.map((mib) => mib ?? 0));
  const top = heavy * (SCALES.find((scale) => heavy * scale >= highest) ?? SCALES[2]);
  const y = (mib: number) => Math.round((1 - Math.min(mib, top) / top) * HEIGHT * 10) / 10;
  const x = (index: number) => Math.round((PLOT_WIDTH / MINUTES) * (MINUTES + 1 - samples.length + index) * 10) / 10;

  /** Without a sample the line has a gap. */
  const stretches: string[][] = [[]];
  for (const [index, mib] of samples.entries()) {
    if (mib === null) stretches.push([]);
    else stretches.at(-1)?.push(`${x(index)} ${y(mib)}`);
  }
  const lines = stretches.filter((points) => points.length > 0);
  const area = lines.map((points) => `M${points[0]?.split(" ")[0]} ${HEIGHT}L${points.join("L")}V${HEIGHT}z`);
  return (
    <svg
      class={`memory-chart ${gate}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={t("status.memory_chart", { available, readOnly, heavy })}
    >
      <path class="area" d={area.join("")} />
      <path class="curve" d={lines.map((points) => `M${points.join("L")}`).join("")} />
      <circle class="now" cx={PLOT_WIDTH} cy={y(available)} r="3.5" />
      <path class="limit" d={`M0 ${y(heavy)}H${PLOT_WIDTH}M0 ${y(readOnly)}H${PLOT_WIDTH}`} />
      <text x={PLOT_WIDTH + 10} y={y(heavy) + 1}>
        {heavy}
      </text>
      <text x={PLOT_WIDTH + 10} y={y(readOnly) + 8}>
        {readOnly}
      </text>
      <path class="axis" d={`M0 ${HEIGHT}H${PLOT_WIDTH}`} />
    </svg>
  );
};
