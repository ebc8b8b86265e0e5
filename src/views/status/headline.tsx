import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import { diagnose, type Problem, verdictOf } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";

import type { StatusView } from "@/status/view.ts";
import { Icon } from "../icons.tsx";
import { Prose, Timestamp } from "../ui.tsx";

/** How things are, in one sentence; when something is wrong, the worst of it with its cause and cure. */
export const Headline = ({ view, locale }: { view: StatusView; locale: Locale }) => {
  const t = translate(locale);
  const { tone, worst, further } = verdictOf(diagnose(view));
  return (
    <div id="verdict" class="stretch">
      <section class={`headline ${tone}`}>
        <Icon tone={tone} />
        <div>
          <h1 aria-live="polite">{worst ? describeProblem(worst, locale).title : t("status.all_ok")}</h1>
          {worst ? <Remedy problem={worst} locale={locale} t={t} /> : <p>{t("status.all_ok_detail")}</p>}
        </div>
      </section>
      {further.length > 0 && (
        <section class="further" aria-labelledby="further">
          <h2 id="further">{worst ? t("status.further_problems", { count: further.length }) : t("status.notices")}</h2>
          {further.map((problem) => (
            <details class={problem.severity}>
              <summary>
                <Icon tone={problem.severity} />
                <span>
                  <span class="severity">{t(`status.severity_${problem.severity}`)}</span>{" "}
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
  const t = translate(locale);
  return (
    <p id="as-of" class="as-of">
      <span>
        {t("page.as_of")} <Timestamp value={service.time} />
      </span>
      <a href="/web/status">{t("page.refresh")}</a>
    </p>
  );
};

const Remedy = ({ problem, locale, t }: { problem: Problem; locale: Locale; t: Translate }) => {
  const { cause, fix, command } = describeProblem(problem, locale);
  return (
    <dl class="remedy">
      <dt>{t("status.cause")}</dt>
      <dd dir="auto">
        <Prose text={cause} />
      </dd>
      {fix !== "" && (
        <>
          <dt>{t("status.fix")}</dt>
          <dd>
            <Prose text={fix} />
          </dd>
        </>
      )}
      {command !== undefined && (
        <>
          <dt>{t("status.command")}</dt>
          <dd>
            <pre class="command">{command}</pre>
          </dd>
        </>
      )}
    </dl>
  );
};
