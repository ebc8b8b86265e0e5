import { failureDetails } from "@/gateway/classify.ts";
import { firstChars } from "@/lib/text.ts";
import { isTextKey, type Translate, textOr } from "@/locales/translate.ts";
import type { ImportRefusal } from "@/models/manual-import.ts";
import { type HostCommands, onHost } from "@/status/host-commands.ts";
import { problemCommands } from "@/status/problem-text.ts";
import { SkippedList } from "./sync-parts.tsx";
import { Command, Data, joined, type Notice, Prose } from "./ui.tsx";

/**
 * Notices are read from the query that a form's redirect carries. Anyone can write such a link, so values must match
 * known forms, and free text is cut and escaped.
 */
type Query = Readonly<Record<string, string | undefined>>;

const MAX_REASON_CHARS = 300;
const DELIVERED: readonly string[] = ["delivery.delivered", "delivery.astrbot_accepted"];
const COUNT = /^\d{1,9}$/;
/** How the contract names the source of each of several reasons. */
const SOURCE_NAME = /(?<=^|; )(?:cmd_config|plugin_export|astrbot_api)=/g;

/** The result of a pull, in the predecessor's parameters (contract), or of a confirmed import. */
export const readModelsNotice = (query: Query, t: Translate): Notice | undefined => {
  const value = (name: string) => query[name]?.trim() ?? "";
  const kept = (name: string, accepted: RegExp, otherwise: string) =>
    accepted.test(value(name)) ? value(name) : otherwise;

  const pull = value("pull").toLowerCase();
  if (pull === "ok") {
    const source = textOr(t, `models.from.${value("source_used")}`, t("page.unknown"));
    return { tone: "ok", text: t("pull.succeeded", { source, count: kept("provider_count", COUNT, "0") }) };
  }
  if (pull === "fail") {
    const code = kept("error_code", /^[a-z_]{1,64}$/, "unknown");
    const reason = firstChars(value("reason").replaceAll(SOURCE_NAME, ""), MAX_REASON_CHARS) || t("page.unknown");
    const fix = [`pull.${code}.fix`, `error.${code}.fix`].find(isTextKey);
    return { tone: "fault", text: <Data text={t("pull.failed", { reason })} />, fix: fix && t(fix) };
  }
  const count = kept("provider_count", COUNT, "");
  if (query.import !== "ok" || count === "") return undefined;
  return { tone: "ok", text: t("import.stored", { count }) };
};

export const importFailed = ({ text, fix }: { text: string; fix: string }, t: Translate): Notice => ({
  tone: "fault",
  text: <Data text={t("import.refused", { text })} />,
  fix,
});

export const importRefused = ({ fault, detail, report }: ImportRefusal, t: Translate): Notice => ({
  ...importFailed({ text: t(`fault.${fault}`, { detail }), fix: t(`import.${fault}.fix`) }, t),
  more: <SkippedList report={report} t={t} open />,
});

const refusalCodes = [
  "circuit_open",
  "gateway_token_refused",
  "relay_busy",
  "mem_heavy_reject",
  "mem_force_read_only",
] as const;

/** The result of a deep check. */
export const readCheckNotice = (query: Query, t: Translate, host: HostCommands): Notice | undefined => {
  const digits = (name: string) => (/^\d{1,6}$/.test(query[name] ?? "") ? Number(query[name]) : 0);
  const result = (text: string) => <Prose text={t("status.deep_check_result") + text} />;
  const seconds = (digits("latency_ms") / 1000).toFixed(1);
  switch (query.check) {
    case "ok":
      return { tone: "ok", text: result(t("status.deep_check_ok", { seconds })) };
    case "fail": {
      const detail = failureDetails.find((known) => known === query.detail) ?? "unexpected_answer";
      const key = `gateway_${detail}` as const;
      const cause = t(`problem.${key}.cause`);
      const text = result(t("status.deep_check_failed", { cause, status: digits("status_code"), seconds }));
      const command = onHost(problemCommands[key] ?? "", host);
      const more = command !== "" && <Command text={command} t={t} />;
      return { tone: "fault", text, fix: t(`problem.${key}.fix`), more };
    }
    case "refused": {
      const code = refusalCodes.find((known) => known === query.error_code);
      if (code === undefined) return undefined;
      const text = result(t(`error.${code}.text`, { retryAfterSeconds: "…", available: "…" }));
      return { tone: "fault", text, fix: t(`error.${code}.fix`) };
    }
    default:
      return undefined;
  }
};

/** What each channel answered to the test message. */
export const readChannelNotice = (query: Query, t: Translate): Notice | undefined => {
  const sent = Object.entries(query).flatMap(([name, reason = ""]) => {
    const channel = name.replace(/^sent\./, "channel.");
    if (channel === name || !isTextKey(channel) || !reason.startsWith("delivery.") || !isTextKey(reason)) return [];
    return [{ channel, reason, answer: query[`answer.${name.slice("sent.".length)}`] ?? "" }];
  });
  if (sent.length === 0) return undefined;
  const lines = sent.map(({ channel, reason, answer }) => (
    <>
      {DELIVERED.includes(reason) ? "✓" : "✗"} <Prose text={t("chat.line", { name: t(channel), text: t(reason) })} />{" "}
      {answer !== "" && <Data as="code" text={firstChars(answer, MAX_REASON_CHARS)} />}
    </>
  ));
  const text = joined(lines, <br />);
  if (sent.every(({ reason }) => DELIVERED.includes(reason))) return { tone: "ok", text };
  return { tone: "fault", text, fix: t("notify.after_fix") };
};
