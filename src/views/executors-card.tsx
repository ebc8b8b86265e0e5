import type { ExecutorView } from "@/status/view.ts";
import { Card, Data, Pill, type StateText, type StatusCardProps } from "./ui.tsx";

const executorState = ({ available, enabled }: ExecutorView): StateText => {
  if (!available) return { tone: "fault", text: "executorMissing" };
  return enabled ? { tone: "ok", text: "executorReady" } : { tone: "off", text: "executorDisabled" };
};

export const ExecutorsCard = ({ view: { executors }, t }: StatusCardProps) => (
  <Card id="executors" title={t("executors")} wide>
    <table>
      <thead>
        <tr>
          <th scope="col" class="col-name">
            {t("executor")}
          </th>
          <th scope="col" class="col-state">
            {t("state")}
          </th>
          <th scope="col">{t("path")}</th>
          <th scope="col" class="col-reason">
            {t("reason")}
          </th>
        </tr>
      </thead>
      <tbody>
        {(["codex", "gemini", "shell"] as const).map((name) => {
          const { tone, text } = executorState(executors[name]);
          return (
            <tr>
              <th scope="row">{name}</th>
              <td data-label={t("state")}>
                <Pill tone={name === "codex" || tone === "ok" ? tone : "off"}>{t(text)}</Pill>
              </td>
              <td data-label={t("path")}>
                <Data text={executors[name].path || executors[name].bin} />
              </td>
              <td data-label={t("reason")}>
                <Data text={executors[name].reason || t("none")} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  </Card>
);
