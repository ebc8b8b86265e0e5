import { gatewayTexts } from "@/i18n/gateway.ts";
import { fill, type Locale } from "@/i18n/locale.ts";
import { type PageTextKey, translator } from "@/i18n/pages.ts";
import { gatewayProblemTitle, type ProblemText, problemCommands, problemTexts } from "@/i18n/problems.ts";
import type { Problem, Severity } from "./diagnose.ts";
import { Icon } from "./icons.tsx";
import { Prose } from "./ui.tsx";

const severityWords: Record<Severity, PageTextKey> = {
  fault: "severityFault",
  warning: "severityWarning",
  notice: "severityNotice",
};

interface Described extends ProblemText {
  command: string | undefined;
}

/** Title, cause, cure and command of a problem, in the reader's language. */
export const describe = (problem: Problem, locale: Locale): Described => {
  if (problem.kind === "gateway") {
    return { title: gatewayProblemTitle[locale], command: undefined, ...gatewayTexts[problem.detail][locale] };
  }
  const { title, cause, cure } = problemTexts[problem.kind][locale];
  return {
    title,
    cause: fill(cause, problem.values),
    cure: fill(cure, problem.values),
    command: problemCommands[problem.kind],
  };
};

export const ProblemList = ({ problems, locale }: { problems: readonly Problem[]; locale: Locale }) => {
  const t = translator(locale);
  return (
    <ul class="problems" aria-label={t("problems")}>
      {problems.map((problem) => {
        const { title, cause, cure, command } = describe(problem, locale);
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
