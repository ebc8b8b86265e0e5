import type { PageTextKey, Translate } from "@/i18n/pages.ts";
import type { MemoryView } from "@/status/view.ts";
import { Card, Fact, Facts, Pill, type StateText, type StatusCardProps } from "./ui.tsx";

const memoryGates: Record<MemoryView["gate"], StateText & { refused: PageTextKey }> = {
  open: { tone: "ok", text: "memoryOpen", refused: "none" },
  heavy_rejected: { tone: "warning", text: "memoryHeavyRejected", refused: "refusedHeavy" },
  read_only: { tone: "fault", text: "memoryReadOnly", refused: "refusedWrites" },
  unknown: { tone: "off", text: "memoryUnknown", refused: "none" },
};

export const MemoryCard = ({ view: { memory }, t }: StatusCardProps) => {
  const { tone, text, refused } = memoryGates[memory.gate];
  return (
    <Card id="memory" title={t("memory")} aside={<Pill tone={tone}>{t(text)}</Pill>}>
      <Facts>
        <Fact label={t("availableMemory")}>
          {memory.available_mib === null ? t("unknown") : `${memory.available_mib} MiB`}
        </Fact>
        <Fact label={t("refusedNow")}>{t(refused)}</Fact>
        <Fact label={t("heavyLine")}>{t("belowMib", { mib: memory.heavy_below_mib })}</Fact>
        <Fact label={t("readOnlyLine")}>{t("belowMib", { mib: memory.read_only_below_mib })}</Fact>
      </Facts>
      <MemoryChart memory={memory} t={t} />
    </Card>
  );
};

/** Four times the upper line: whoever has more is far from both. */
const FULL_SCALE = 4;

/** The available memory as a bar against the two lines. Attributes only: the page's policy allows no inline style. */
const MemoryChart = ({ memory, t }: { memory: MemoryView; t: Translate }) => {
  const { available_mib: available, heavy_below_mib: heavy, read_only_below_mib: readOnly, gate } = memory;
  if (available === null) return null;
  const percent = (mib: number) => `${Math.min(100, (mib / (heavy * FULL_SCALE)) * 100).toFixed(1)}%`;
  return (
    <svg class={`memory-chart ${gate}`} role="img" aria-label={t("memoryChart", { available, readOnly, heavy })}>
      <rect class="track" y="0" width="100%" height="12" rx="6" />
      <rect class="level" y="0" width={percent(available)} height="12" rx="6" />
      {[readOnly, heavy].map((line) => (
        <>
          <line x1={percent(line)} x2={percent(line)} y1="-2" y2="16" />
          <text x={percent(line)} y="28">
            {line}
          </text>
        </>
      ))}
    </svg>
  );
};
