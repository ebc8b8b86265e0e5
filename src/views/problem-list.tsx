import type { Locale } from "@/i18n/locale.ts";
import { type PageTextKey, translator } from "@/i18n/pages.ts";
import type { Problem, Severity } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";
import { Icon } from "./icons.tsx";
import { Prose } from "./ui.tsx";

const severityWords: Record<Severity, PageTextKey> = {
  fault: "severityFault",
  warning: "severityWarning",
  notice: "severityNotice",
};

export const ProblemList = ({ problems, locale }: { problems: readonly Problem[]; locale: Locale }) => {
  const t = translator(locale);
  return (
    <ul class="problems" aria-label={t("problems")}>
      {problems.map((problem) => {
        const { title, cause, cure, command } = describeProblem(problem, locale);
        return (
          <li class={problem.severity}>
            <h2>
              <Icon tone={problem.severity} />
              <span class="severity">{t(severityWords[problem.severity])}</span>
              {title}
            </h2>
            <dl>
              <dt>{t("cause")}</dt>
              <dd>
                <Prose text={cause} />
              </dd>
              {cure !== "" && (
                <>
                  <dt>{t("cure")}</dt>
                  <dd>
                    <Prose text={cure} />
                  </dd>
                </>
              )}
              {command !== undefined && (
                <>
                  <dt>{t("command")}</dt>
                  <dd>
                    <pre>{command}</pre>
                  </dd>
                </>
              )}
            </dl>
          </li>
        );
      })}
    </ul>
  );
};
