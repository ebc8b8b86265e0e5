import type { PageTextKey } from "@/locales/pages.ts";
import type { MemoryView } from "@/status/view.ts";
import { Card, Fact, Facts, Pill, type StateText, type StatusCardProps } from "../ui.tsx";
import { MemoryChart } from "./memory-chart.tsx";

const gates: Record<MemoryView["gate"], StateText & { refused: PageTextKey }> = {
  open: { tone: "ok", text: "memoryOpen", refused: "none" },
  heavy_rejected: { tone: "warning", text: "memoryHeavyRejected", refused: "refusedHeavy" },
  read_only: { tone: "fault", text: "memoryReadOnly", refused: "refusedWrites" },
  unknown: { tone: "off", text: "memoryUnknown", refused: "none" },
};

export const MemoryCard = ({ view: { memory, history }, t }: StatusCardProps) => {
  const { tone, text, refused } = gates[memory.gate];
  const { available_mib, heavy_below_mib: heavy, read_only_below_mib: readOnly } = memory;
  const known = [...history.memory_mib, available_mib].filter((mib) => mib !== null);
  return (
    <Card id="memory" title={t("memory")} aside={<Pill tone={tone}>{t(text)}</Pill>}>
      <p class="figure">
        <strong>{available_mib ?? "?"}</strong> MiB {t("available")}
      </p>
      <Facts>
        <Fact label={t("refusedNow")}>{t(refused)}</Fact>
      </Facts>
      {available_mib !== null && (
        <MemoryChart memory={{ ...memory, available_mib }} history={history.memory_mib} t={t} />
      )}
      <p class="hint">
        {known.length > 0 && t("memoryHour", { lowest: Math.min(...known), highest: Math.max(...known) })}{" "}
        {t("memoryLines", { heavy, readOnly })}
      </p>
    </Card>
  );
};
