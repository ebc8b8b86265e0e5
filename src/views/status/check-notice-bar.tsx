import { errorTexts } from "@/locales/errors.ts";
import { gatewayTexts } from "@/locales/gateway.ts";
import { fill, type Locale } from "@/locales/locale.ts";
import { translator } from "@/locales/pages.ts";
import { gatewayCommands } from "@/locales/problems.ts";
import type { CheckNotice } from "../check-notice.ts";
import { Icon } from "../icons.tsx";
import { Prose } from "../ui.tsx";

/** The result of the check that was just asked for. */
export const CheckNoticeBar = ({ notice, locale }: { notice: CheckNotice; locale: Locale }) => {
  const t = translator(locale);
  const { tone, text, cure, command } = noticeTexts(notice, locale);
  return (
    <div class={`notice-bar ${tone}`} role={tone === "ok" ? "status" : "alert"}>
      <Icon tone={tone} />
      <div>
        <p>
          {t("deepCheckResult")}
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
  const t = translator(locale);
  switch (notice.kind) {
    case "ok":
      return { tone: "ok", text: t("deepCheckOk", { seconds: notice.seconds }), cure: "" };
    case "fail": {
      const { cause, cure } = gatewayTexts[notice.detail][locale];
      const text = t("deepCheckFailed", { cause, status: notice.status, seconds: notice.seconds });
      return { tone: "fault", text, cure, command: gatewayCommands[notice.detail] };
    }
    case "refused": {
      const { text, cure } = errorTexts[notice.code][locale];
      return { tone: "fault", text: fill(text, { retryAfterSeconds: "…", available: "…" }), cure };
    }
  }
};
