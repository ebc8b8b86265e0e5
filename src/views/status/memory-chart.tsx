import type { MemoryView } from "@/gates/memory.ts";
import type { Translate } from "@/locales/translate.ts";

const WIDTH = 300;
const HEIGHT = 100;
/** Room for the words beside the two lines. */
const PLOT_WIDTH = 264;
const MINUTES = 60;
/** In upper lines: whoever has four times as much is far from both, however much more it is. */
const SCALES = [2, 3, 4] as const;

interface MemoryChartProps {
  memory: MemoryView & { available_mib: number };
  /** Once a minute, the oldest first. */
  history: readonly (number | null)[];
  t: Translate;
}

/** The last hour against the two lines. Attributes only: the page's policy allows no inline style. */
export const MemoryChart = ({ memory, history, t }: MemoryChartProps) => {
  const { available_mib: available, heavy_below_mib: heavy, read_only_below_mib: readOnly, gate } = memory;
  const samples = [...history, available].slice(-MINUTES - 1);
  const highest = Math.max(...samples.map((mib) => mib ?? 0));
  const top = heavy * (SCALES.find((scale) => heavy * scale >= highest) ?? SCALES[2]);
  const y = (mib: number) => Math.round((1 - Math.min(mib, top) / top) * HEIGHT * 10) / 10;
  return (
    <svg
      class={`memory-chart ${gate}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={t("status.memory_chart", { available, readOnly, heavy })}
    >
      <path class="area" d={areaOf(samples, y)} />
      <path class="curve" d={curveOf(samples, y)} />
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

type Scale = (mib: number) => number;

const stretchesOf = (samples: readonly (number | null)[], y: Scale): { x: number; y: number }[][] => {
  const stretches: { x: number; y: number }[][] = [[]];
  for (const [index, mib] of samples.entries()) {
    const x = Math.round((PLOT_WIDTH / MINUTES) * (MINUTES + 1 - samples.length + index) * 10) / 10;
    if (mib === null) stretches.push([]);
    else stretches.at(-1)?.push({ x, y: y(mib) });
  }
  return stretches.filter((points) => points.length > 0);
};

const lineThrough = (points: readonly { x: number; y: number }[]) => points.map(({ x, y }) => `${x} ${y}`).join("L");

/** Where memory could not be read the line has a gap. */
const curveOf = (samples: readonly (number | null)[], y: Scale): string =>
  stretchesOf(samples, y)
    .map((points) => `M${lineThrough(points)}`)
    .join("");

const areaOf = (samples: readonly (number | null)[], y: Scale): string =>
  stretchesOf(samples, y)
    .map((points) => `M${points[0]?.x} ${HEIGHT}L${lineThrough(points)}V${HEIGHT}z`)
    .join("");
