import type { MemoryView } from "@/gates/memory.ts";
import type { TextKey } from "@/locales/translate.ts";
import { Card, Fact, Facts, Pill, type StateText, type StatusCardProps } from "../ui.tsx";
import { MemoryChart } from "./memory-chart.tsx";

const gates: Record<MemoryView["gate"], StateText & { refused: TextKey }> = {
  open: { tone: "ok", text: "status.memory_open", refused: "page.none" },
  heavy_rejected: { tone: "warning", text: "status.memory_heavy_rejected", refused: "status.refused_heavy" },
  read_only: { tone: "fault", text: "status.memory_read_only", refused: "status.refused_writes" },
  unknown: { tone: "off", text: "status.memory_unknown", refused: "page.none" },
};

export const MemoryCard = ({ view: { memory, history }, t }: StatusCardProps) => {
  const { tone, text, refused } = gates[memory.gate];
  const { available_mib, heavy_below_mib: heavy, read_only_below_mib: readOnly } = memory;
  const known = [...history.memory_mib, available_mib].filter((mib) => mib !== null);
  return (
    <Card id="memory" title={t("status.memory")} aside={<Pill tone={tone}>{t(text)}</Pill>}>
      <p class="figure">
        <strong>{available_mib ?? "?"}</strong> MiB {t("status.available")}
      </p>
      <Facts>
        <Fact label={t("status.refused_now")}>{t(refused)}</Fact>
      </Facts>
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
