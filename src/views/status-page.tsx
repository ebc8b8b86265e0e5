import { diagnose, type Problem, verdictOf } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";
import type { StatusPageView } from "@/status/service.ts";
import { type Frame, Layout } from "./layout.tsx";
import {
  AuditCard,
  ChannelsCard,
  CodexCard,
  RelayCard,
  ServiceCard,
  SyncStatusCard,
  WorkerCard,
} from "./status/cards.tsx";
import { Explanation } from "./status/explanation.tsx";
import { FirstRunList, isOfFirstRun } from "./status/first-run.tsx";
import { GatewayCard } from "./status/gateway-card.tsx";
import { MemoryCard } from "./status/memory-card.tsx";
import type { CardProps } from "./status/part.tsx";
import { Icon, type Notice, NoticeBar, Prose, Timestamp } from "./ui.tsx";

const cards = [
  GatewayCard,
  MemoryCard,
  WorkerCard,
  CodexCard,
  SyncStatusCard,
  RelayCard,
  ChannelsCard,
  AuditCard,
  ServiceCard,
];

export const StatusPage = (props: { view: StatusPageView; frame: Frame; notice?: Notice | undefined }) => {
  const { view, frame, notice } = props;
  const { t } = frame;
  const problems = diagnose(view);
  const isSettled = Object.values(view.first_run).every(Boolean);
  const others = problems.filter((problem) => !isOfFirstRun(problem, view));
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
        <Parts view={view} frame={frame} />
      ) : (
        <details id="all-parts" class="fold">
          <summary>{t("first_run.all")}</summary>
          <Parts view={view} frame={frame} />
        </details>
      )}
    </Layout>
  );
};

const Parts = (props: CardProps) => (
  <div class="parts">
    {cards.map((StatusCard) => (
      <StatusCard {...props} />
    ))}
  </div>
);

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
