import type { z } from "zod";
import { ProbeDetail } from "@/gateway/view.ts";
import type { Translate } from "@/locales/translate.ts";
import { problemCommands } from "@/status/problem-text.ts";
import { NoticeBar, Prose } from "../ui.tsx";

const FailedDetail = ProbeDetail.exclude(["", "circuit_open"]);
type FailedDetail = z.output<typeof FailedDetail>;

/** The result of a deep check, as the status page shows it. */
export type CheckNotice =
  | { kind: "ok"; seconds: string }
  | { kind: "fail"; detail: FailedDetail; status: string; seconds: string }
  | { kind: "refused"; code: (typeof refusalCodes)[number] };

export type CheckParameter = "check" | "error_type" | "detail" | "status_code" | "latency_ms" | "error_code";

const refusalCodes = [
  "circuit_open",
  "gateway_token_refused",
  "relay_busy",
  "mem_heavy_reject",
  "mem_force_read_only",
] as const;

/**
 * Reads the notice from the page's query. Anyone can write such a link, so it selects among our own sentences and adds
 * nothing but digits.
 */
export const readCheckNotice = (query: (name: CheckParameter) => string | undefined): CheckNotice | null => {
  const digits = (name: CheckParameter) => (/^\d{1,6}$/.test(query(name) ?? "") ? Number(query(name)) : 0);
  const seconds = (digits("latency_ms") / 1000).toFixed(1);
  switch (query("check")) {
    case "ok":
      return { kind: "ok", seconds };
    case "fail": {
      const detail = FailedDetail.safeParse(query("detail")).data ?? "unexpected_answer";
      return { kind: "fail", detail, status: String(digits("status_code")), seconds };
    }
    case "refused": {
      const code = refusalCodes.find((known) => known === query("error_code"));
      return code === undefined ? null : { kind: "refused", code };
    }
    default:
      return null;
  }
};

export const CheckNoticeBar = ({ notice, t }: { notice: CheckNotice; t: Translate }) => {
  const { text, fix, command } = noticeTexts(notice, t);
  return (
    <NoticeBar tone={notice.kind === "ok" ? "ok" : "fault"}>
      <p>
        {t("status.deep_check_result")}
        <Prose text={text} />
      </p>
      {fix !== "" && (
        <p class="fix">
          <Prose text={fix} />
        </p>
      )}
      {command !== undefined && <pre class="command">{command}</pre>}
    </NoticeBar>
  );
};

const noticeTexts = (
  notice: CheckNotice,
  t: Translate,
): { text: string; fix: string; command?: string | undefined } => {
  switch (notice.kind) {
    case "ok":
      return { text: t("status.deep_check_ok", { seconds: notice.seconds }), fix: "" };
    case "fail": {
      const { detail, status, seconds } = notice;
      const key = `gateway_${detail}` as const;
      const text = t("status.deep_check_failed", { cause: t(`problem.${key}.cause`), status, seconds });
      return { text, fix: t(`problem.${key}.fix`), command: problemCommands[key] };
    }
    case "refused": {
      const text = t(`error.${notice.code}.text`, { retryAfterSeconds: "…", available: "…" });
      return { text, fix: t(`error.${notice.code}.fix`) };
    }
  }
};
