import type { MemoryView } from "@/gates/memory.ts";
import { formatMib } from "@/locales/format.ts";
import type { TextKey, Translate } from "@/locales/translate.ts";
import { Facts, type Tone } from "../ui.tsx";
import { type CardProps, Part } from "./part.tsx";

const gates: Record<MemoryView["gate"], { tone: Tone; text: TextKey; refused?: TextKey }> = {
  open: { tone: "ok", text: "status.memory_open" },
  heavy_rejected: { tone: "warning", text: "status.memory_heavy_rejected", refused: "status.refused_heavy" },
  read_only: { tone: "fault", text: "status.memory_read_only", refused: "status.refused_writes" },
  unknown: { tone: "off", text: "status.memory_unknown" },
};

export const MemoryCard = ({ view: { memory, history }, frame: { t } }: CardProps) => {
  const { tone, text, refused } = gates[memory.gate];
  const { available_mib: available, heavy_below_mib: heavy, read_only_below_mib: readOnly } = memory;
  const samples = [...history.memory_mib, available].slice(-MINUTES - 1);
  const known = samples.filter((mib) => mib !== null);
  return (
    <Part
      id="memory"
      title={t("status.memory")}
      tone={tone}
      line={[t(text), available !== null && `${formatMib(available)} ${t("status.available")}`]}
    >
      {refused && <Facts rows={[[t("status.refused_now"), t(refused)]]} />}
      {available !== null && <MemoryChart memory={memory} samples={samples} t={t} />}
      <p class="hint">
        {known.length > 0 &&
          t("status.memory_hour", {
            lowest: formatMib(Math.min(...known)),
            highest: formatMib(Math.max(...known)),
          })}{" "}
        {t("status.memory_lines", { heavy, readOnly })}
      </p>
    </Part>
  );
};

const WIDTH = 300;
const HEIGHT = 100;
/** Leaves room for the labels of the two limits. */
const PLOT_WIDTH = 264;
const MINUTES = 60;

type Chart = { memory: MemoryView; samples: readonly (number | null)[]; t: Translate };

/** The last hour and the two limits. Attributes only: the page's policy allows no inline style. */
const MemoryChart = ({ memory, samples, t }: Chart) => {
  const { available_mib, heavy_below_mib: heavy, read_only_below_mib: readOnly } = memory;
  const available = available_mib ?? 0;
  const highest = Math.max(...samples.map((mib) => mib ?? 0));
  /** Values above the plot are cut. */
  const top = heavy * ([2, 3].find((scale) => heavy * scale >= highest) ?? 4);
  const rounded = (value: number) => Math.round(value * 10) / 10;
  const y = (mib: number) => rounded((1 - Math.min(mib, top) / top) * HEIGHT);
  const x = (index: number) => rounded((PLOT_WIDTH / MINUTES) * (MINUTES + 1 - samples.length + index));
  // Without a sample the line has a gap.
  const points = samples.map((mib, index) =>
    mib === null ? "" : `${(samples[index - 1] ?? null) === null ? "M" : "L"}${x(index)} ${y(mib)}`,
  );
  const curve = points.join("");
  const area = curve.replace(/M([\d.]+)([^M]*)/g, `M$1 ${HEIGHT}L$1$2V${HEIGHT}z`);
  return (
    <svg
      class={`memory-chart ${gates[memory.gate].tone}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={t("status.memory_chart", { available: formatMib(available), readOnly, heavy })}
    >
      <path class="area" d={area} />
      <path class="curve" d={curve} />
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
