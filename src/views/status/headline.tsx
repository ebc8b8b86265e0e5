import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import { diagnose, verdictOf } from "@/status/diagnose.ts";
import { type DescribedProblem, describeProblem } from "@/status/problem-text.ts";
import type { StatusView } from "@/status/view.ts";
import { Icon, Prose, Timestamp } from "../ui.tsx";

/** The verdict in one sentence; if something is wrong, the worst problem with its cause and fix. */
export const Headline = ({ view, locale }: { view: StatusView; locale: Locale }) => {
  const t = translate(locale);
  const { tone, worst, further } = verdictOf(diagnose(view));
  const described = worst && describeProblem(worst, locale);
  return (
    <div id="verdict" class="stretch">
      <section class={`headline ${tone}`}>
        <Icon tone={tone} />
        <div>
          <h1 aria-live="polite">{described?.title ?? t("status.all_ok")}</h1>
          {described ? <Explanation problem={described} t={t} /> : <p>{t("status.all_ok_detail")}</p>}
        </div>
      </section>
      {further.length > 0 && (
        <section class="further" aria-labelledby="further">
          <h2 id="further">{worst ? t("status.further_problems", { count: further.length }) : t("status.notices")}</h2>
          {further.map((problem) => {
            const described = describeProblem(problem, locale);
            return (
              <details class={problem.severity}>
                <summary>
                  <Icon tone={problem.severity} />
                  <span>
                    <span class="severity">{t(`status.severity_${problem.severity}`)}</span> {described.title}
                  </span>
                </summary>
                <Explanation problem={described} t={t} />
              </details>
            );
          })}
        </section>
      )}
    </div>
  );
};

/** A part of its own: it changes more often than the verdict. */
export const AsOf = ({ view: { service }, t }: { view: StatusView; t: Translate }) => (
  <p id="as-of" class="as-of">
    <span>
      {t("page.as_of")} <Timestamp value={service.time} />
    </span>
    <a href="/web/status">{t("page.refresh")}</a>
  </p>
);

const Explanation = ({ problem: { cause, fix, command }, t }: { problem: DescribedProblem; t: Translate }) => (
  <dl class="remedy">
    <dt>{t("status.cause")}</dt>
    <dd dir="auto">
      <Prose text={cause} />
    </dd>
    {fix !== "" && <dt>{t("status.fix")}</dt>}
    {fix !== "" && (
      <dd>
        <Prose text={fix} />
      </dd>
    )}
    {command && <dt>{t("status.command")}</dt>}
    {command && (
      <dd>
        <pre class="command">{command}</pre>
      </dd>
    )}
  </dl>
);
