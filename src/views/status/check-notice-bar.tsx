import type { Locale } from "@/locales/locale.ts";
import { translate } from "@/locales/translate.ts";
import { gatewayCommands } from "@/status/problem-text.ts";
import type { CheckNotice } from "../check-notice.ts";
import { Icon } from "../icons.tsx";
import { Prose } from "../ui.tsx";

/** The result of the check that was just asked for. */
export const CheckNoticeBar = ({ notice, locale }: { notice: CheckNotice; locale: Locale }) => {
  const t = translate(locale);
  const { tone, text, cure, command } = noticeTexts(notice, locale);
  return (
    <div class={`notice-bar ${tone}`} role={tone === "ok" ? "status" : "alert"}>
      <Icon tone={tone} />
      <div>
        <p>
          {t("status.deep_check_result")}
          <Prose text={text} />
        </p>
        {cure !== "" && (
          <p class="cure">
            <Prose text={cure} />
          </p>
        )}
        {command !== undefined && <pre class="command">{command}</pre>}
      </div>
    </div>
  );
};

interface NoticeTexts {
  tone: "ok" | "fault";
  text: string;
  cure: string;
  command?: string | undefined;
}

const noticeTexts = (notice: CheckNotice, locale: Locale): NoticeTexts => {
  const t = translate(locale);
  switch (notice.kind) {
    case "ok":
      return { tone: "ok", text: t("status.deep_check_ok", { seconds: notice.seconds }), cure: "" };
    case "fail": {
      const detail = notice.detail || "ok";
      const cure = t(`gateway.${detail}.fix`);
      const text = t("status.deep_check_failed", {
        cause: t(`gateway.${detail}.cause`),
        status: notice.status,
        seconds: notice.seconds,
      });
      return { tone: "fault", text, cure, command: gatewayCommands[notice.detail] };
    }
    case "refused": {
      const text = t(`error.${notice.code}.text`, { retryAfterSeconds: "…", available: "…" });
      return { tone: "fault", text, cure: t(`error.${notice.code}.fix`) };
    }
  }
};
