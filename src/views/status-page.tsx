import { diagnose, type Problem, verdictOf } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";
import { Layout } from "./layout.tsx";
import { cards } from "./status/cards.tsx";
import { FirstRunList, isOfFirstRun } from "./status/first-run.tsx";
import { type CardProps, Explanation } from "./status/part.tsx";
import { Icon, type Notice, NoticeBar, Prose, Timestamp } from "./ui.tsx";

export const StatusPage = ({ view, frame, notice }: CardProps & { notice?: Notice | undefined }) => {
  const { t } = frame;
  const problems = diagnose(view);
  const isSettled = Object.values(view.first_run).every(Boolean);
  const others = problems.filter((problem) => !isOfFirstRun(problem, view));
  const parts = (
    <div class="parts">
      {cards.map((StatusCard) => (
        <StatusCard view={view} frame={frame} />
      ))}
    </div>
  );
  return (
    <Layout frame={frame} title={t("nav.status")} path="/web/status" live="/web/status/live">
      {notice && <NoticeBar {...notice} />}
      {isSettled ? (
        <Verdict problems={problems} view={view} frame={frame} />
      ) : (
        <>
          <FirstRunList problems={problems} view={view} frame={frame} />
          <Further problems={others} view={view} frame={frame} title={t("status.problems", { count: others.length })} />
        </>
      )}
      <p class="as-of">
        <span>
          {t("page.as_of")} <Timestamp value={view.service.time} />
        </span>
        <a href="/web/status">{t("page.refresh")}</a>
      </p>
      {isSettled ? (
        parts
      ) : (
        <details id="all-parts" class="fold">
          <summary>{t("first_run.all")}</summary>
          {parts}
        </details>
      )}
    </Layout>
  );
};

interface ProblemsProps extends CardProps {
  problems: readonly Problem[];
}

/** The verdict in one sentence; if something is wrong, the worst problem with its cause and fix. */
const Verdict = ({ problems, view, frame }: ProblemsProps) => {
  const { t, locale } = frame;
  const { tone, worst, further } = verdictOf(problems);
  return (
    <>
      <section class={`headline ${tone}`}>
        <Icon tone={tone} />
        <div>
          <h1 aria-live="polite">
            {worst ? <Prose text={describeProblem(worst, locale).title} /> : t("status.all_ok")}
          </h1>
          {worst && <Explanation problem={worst} commands={view.commands} frame={frame} />}
        </div>
      </section>
      <Further
        problems={further}
        view={view}
        frame={frame}
        title={worst ? t("status.further_problems", { count: further.length }) : t("status.notices")}
      />
    </>
  );
};

const Further = ({ problems, view, frame, title }: ProblemsProps & { title: string }) =>
  problems.length === 0 ? null : (
    <section class="further" aria-labelledby="further">
      <h2 id="further">{title}</h2>
      {problems.map((problem) => (
        <details class={problem.severity}>
          <summary>
            <Icon tone={problem.severity} />
            <span>
              <span class="severity">{frame.t(`status.severity_${problem.severity}`)}</span>{" "}
              <Prose text={describeProblem(problem, frame.locale).title} />
            </span>
          </summary>
          <Explanation problem={problem} commands={view.commands} frame={frame} />
        </details>
      ))}
    </section>
  );
