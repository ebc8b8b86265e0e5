import { codexAnswerTexts } from "@/locales/chat-status.ts";
import type { CodexView, ExecutorView } from "@/status/view.ts";
import { Card, Data, Fact, Facts, Message, Pill, type StateText, type StatusCardProps, Timestamp } from "../ui.tsx";

/** Not being logged in is no trouble by itself: a custom provider's key needs no login. */
const codexState = ({ available, last_failure, sandbox_works }: CodexView): StateText => {
  if (!available) return { tone: "fault", text: "executorMissing" };
  const isTroubled = last_failure !== null || sandbox_works === false;
  return isTroubled ? { tone: "warning", text: "codexTrouble" } : { tone: "ok", text: "executorReady" };
};

const otherState = ({ available }: ExecutorView) => (available ? "executorDisabled" : "executorMissing");

export const CodexCard = ({ view: { executors }, locale, t }: StatusCardProps) => {
  const { codex } = executors;
  const { tone, text } = codexState(codex);
  return (
    <Card id="codex" title="Codex" aside={<Pill tone={tone}>{t(text)}</Pill>}>
      <Facts>
        <Fact label={t("version")}>{codex.version === null ? t("unknown") : <Data text={codex.version} />}</Fact>
        <Fact label={t("login")}>{codexAnswerTexts.login[`${codex.logged_in}`][locale]}</Fact>
        <Fact label={t("sandbox")}>{codexAnswerTexts.sandbox[`${codex.sandbox_works}`][locale]}</Fact>
        <Fact label={t("path")}>
          <Data text={codex.path || codex.bin} />
        </Fact>
        <Fact label={t("lastFailure")}>
          {codex.last_failure === null ? t("noFailure") : <Timestamp value={codex.last_failure.at} />}
        </Fact>
      </Facts>
      {codex.last_failure !== null && <Message label={t("lastError")} text={codex.last_failure.message} />}
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
