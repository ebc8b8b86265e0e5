import { diagnose, type Problem, verdictOf } from "@/status/diagnose.ts";
import type { HostCommands } from "@/status/host-commands.ts";
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
import { GatewayCard } from "./status/gateway-card.tsx";
import { MemoryCard } from "./status/memory-card.tsx";
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
  return (
    <Layout frame={frame} title={t("nav.status")} path="/web/status" live="/web/status/live">
      {notice && <NoticeBar {...notice} />}
      <Verdict view={view} frame={frame} />
      <p class="as-of">
        <span>
          {t("page.as_of")} <Timestamp value={view.service.time} />
        </span>
        <a href="/web/status">{t("page.refresh")}</a>
      </p>
      <div class="cards">
        {cards.map((StatusCard) => (
          <StatusCard view={view} frame={frame} />
        ))}
      </div>
    </Layout>
  );
};

/** The verdict in one sentence; if something is wrong, the worst problem with its cause and fix. */
const Verdict = ({ view, frame }: { view: StatusPageView; frame: Frame }) => {
  const { t, locale } = frame;
  const { tone, worst, further } = verdictOf(diagnose(view));
  return (
    <>
      <section class={`headline ${tone}`}>
        <Icon tone={tone} />
        <div>
          <h1 aria-live="polite">
            {worst ? <Prose text={describeProblem(worst, locale).title} /> : t("status.all_ok")}
          </h1>
          {worst ? (
            <Explanation problem={worst} commands={view.commands} frame={frame} />
          ) : (
            <p>{t("status.all_ok_detail")}</p>
          )}
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
                  <Prose text={describeProblem(problem, locale).title} />
                </span>
              </summary>
              <Explanation problem={problem} commands={view.commands} frame={frame} />
            </details>
          ))}
        </section>
      )}
    </>
  );
};

const Explanation = (props: { problem: Problem; commands: HostCommands; frame: Frame }) => {
  const { t, locale } = props.frame;
  const { cause, fix, command } = describeProblem(props.problem, locale, props.commands);
  return (
    <dl class="remedy">
      <dt>{t("status.cause")}</dt>
      <dd dir="auto">
        <Prose text={cause} />
      </dd>
      {fix !== "" && <dt>{t("status.fix")}</dt>}
      {fix !== "" && <Prose as="dd" text={fix} />}
      {command && <dt>{t("status.command")}</dt>}
      {command && (
        <dd>
          <pre class="command">{command}</pre>
        </dd>
      )}
    </dl>
  );
};
