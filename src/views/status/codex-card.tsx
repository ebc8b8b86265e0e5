import type { CodexView, ExecutorView } from "@/executor/view.ts";
import { Card, Data, Fact, Facts, Message, Pill, type StateText, type StatusCardProps, Timestamp } from "../ui.tsx";

/** Not being logged in is no trouble by itself: a custom provider's key needs no login. */
const codexState = ({ available, last_failure, sandbox_works }: CodexView): StateText => {
  if (!available) return { tone: "fault", text: "status.executor_missing" };
  const isTroubled = last_failure !== null || sandbox_works === false;
  return isTroubled
    ? { tone: "warning", text: "status.codex_attention" }
    : { tone: "ok", text: "status.executor_ready" };
};

const otherState = ({ available }: ExecutorView) =>
  available ? "status.executor_disabled" : "status.executor_missing";

export const CodexCard = ({ view: { executors }, t }: StatusCardProps) => {
  const { codex } = executors;
  const { tone, text } = codexState(codex);
  return (
    <Card id="codex" title="Codex" aside={<Pill tone={tone}>{t(text)}</Pill>}>
      <Facts>
        <Fact label={t("status.version")}>
          {codex.version === null ? t("page.unknown") : <Data text={codex.version} />}
        </Fact>
        <Fact label={t("status.login")}>{t(`codex.login.${codex.logged_in}`)}</Fact>
        <Fact label={t("status.sandbox")}>{t(`codex.sandbox.${codex.sandbox_works}`)}</Fact>
        <Fact label={t("status.path")}>
          <Data text={codex.path || codex.bin} />
        </Fact>
        <Fact label={t("status.last_failure")}>
          {codex.last_failure === null ? t("page.none") : <Timestamp value={codex.last_failure.at} />}
        </Fact>
      </Facts>
      {codex.last_failure !== null && <Message label={t("status.last_error")} text={codex.last_failure.message} />}
      {codex.reason !== "" && <p class="hint">{codex.reason}</p>}
      <Facts>
        {(["gemini", "shell"] as const).map((name) => (
          <Fact label={name}>
            {t(otherState(executors[name]))} <code>{executors[name].reason}</code>
          </Fact>
        ))}
      </Facts>
    </Card>
  );
};
