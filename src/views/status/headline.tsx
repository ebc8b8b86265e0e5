import type { Locale } from "@/locales/locale.ts";
import { type PageTextKey, type Translate, translator } from "@/locales/pages.ts";
import { diagnose, type Problem, type Severity } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";
import { verdictOf } from "@/status/verdict.ts";
import type { StatusView } from "@/status/view.ts";
import { Icon } from "../icons.tsx";
import { Prose, Timestamp } from "../ui.tsx";

const severityWords: Record<Severity, PageTextKey> = {
  fault: "severityFault",
  warning: "severityWarning",
  notice: "severityNotice",
};

/** How things are, in one sentence; when something is wrong, the worst of it with its cause and cure. */
export const Headline = ({ view, locale }: { view: StatusView; locale: Locale }) => {
  const t = translator(locale);
  const { tone, worst, further } = verdictOf(diagnose(view));
  return (
    <div id="verdict" class="stretch">
      <section class={`headline ${tone}`}>
        <Icon tone={tone} />
        <div>
          <h1 aria-live="polite">{worst ? describeProblem(worst, locale).title : t("allWell")}</h1>
          {worst ? <Remedy problem={worst} locale={locale} t={t} /> : <p>{t("allWellDetail")}</p>}
        </div>
      </section>
      {further.length > 0 && (
        <section class="further" aria-labelledby="further">
          <h2 id="further">{worst ? t("furtherProblems", { count: further.length }) : t("notices")}</h2>
          {further.map((problem) => (
            <details class={problem.severity}>
              <summary>
                <Icon tone={problem.severity} />
                <span>
                  <span class="severity">{t(severityWords[problem.severity])}</span>{" "}
                  {describeProblem(problem, locale).title}
                </span>
              </summary>
              <Remedy problem={problem} locale={locale} t={t} />
            </details>
          ))}
        </section>
      )}
    </div>
  );
};

/** How old the page is. Apart from the verdict, which changes more seldom. */
export const AsOf = ({ view: { service }, locale }: { view: StatusView; locale: Locale }) => {
  const t = translator(locale);
  return (
    <p id="as-of" class="as-of">
      <span>
        {t("asOf")} <Timestamp value={service.time} />
      </span>
      <a href="/web/status">{t("refresh")}</a>
    </p>
  );
};

const Remedy = ({ problem, locale, t }: { problem: Problem; locale: Locale; t: Translate }) => {
  const { cause, cure, command } = describeProblem(problem, locale);
  return (
    <dl class="remedy">
      <dt>{t("cause")}</dt>
      <dd dir="auto">
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
            <pre class="command">{command}</pre>
          </dd>
        </>
      )}
    </dl>
  );
};
