import type { Problem } from "@/status/diagnose.ts";
import { type FirstStep, firstSteps } from "@/status/first-run.ts";
import { onHost } from "@/status/host-commands.ts";
import { describeProblem } from "@/status/problem-text.ts";
import type { StatusPageView } from "@/status/service.ts";
import { Command, PostButton, Prose } from "../ui.tsx";
import { type CardProps, Explanation, Part } from "./part.tsx";

/** What to run, the form that checks it, and the problems that the step shows until it is done. */
const steps: Record<FirstStep, { command: string; check: string; kinds: RegExp }> = {
  gateway: { command: "{gateway_up}", check: "/web/gateway/probe", kinds: /^(?:gateway_|breaker_|unit_)/ },
  model: { command: "{gateway_recreate}", check: "/web/gateway/check", kinds: /^(?:model|turn)_failing$/ },
  codex: {
    command: "npm install -g @openai/codex && codex login",
    check: "/web/codex/check",
    kinds: /^codex_(?!quota|job_failed)/,
  },
  astrbot: {
    command: "sed -n 's/^BACKEND_API_TOKEN=//p' .env",
    check: "/web/models/pull-astr",
    kinds: /^never_synced$/,
  },
};

/** Whether a step that is not done shows this problem. */
export const isOfFirstRun = ({ kind }: Problem, { first_run }: StatusPageView): boolean =>
  firstSteps.some((step) => !first_run[step] && steps[step].kinds.test(kind));

/** The setup steps, shown until each part has worked once. */
export const FirstRunList = ({ problems, view, frame }: CardProps & { problems: readonly Problem[] }) => {
  const { t, locale } = frame;
  const open = firstSteps.filter((step) => !view.first_run[step]);
  return (
    <>
      <h1 aria-live="polite">{t("first_run.heading", { count: open.length })}</h1>
      <p class="hint">{t("first_run.introduction")}</p>
      <div class="parts steps">
        {firstSteps.map((step) => {
          const isDone = view.first_run[step];
          const problem = problems.find(({ kind }) => !isDone && steps[step].kinds.test(kind));
          const { title = "", command } = (problem && describeProblem(problem, locale, view.commands)) ?? {};
          return (
            <Part
              id={`step-${step}`}
              title={t(`first_run.${step}.title`)}
              tone={isDone ? "ok" : "off"}
              line={[t(isDone ? "first_run.done" : "first_run.todo")]}
              open={step === open[0]}
            >
              <Prose as="p" text={t(`first_run.${step}.text`)} />
              {problem && problem.severity !== "notice" && (
                <Explanation problem={problem} frame={frame}>
                  <dt>{t(`status.severity_${problem.severity}`)}</dt>
                  <Prose as="dd" text={title} />
                </Explanation>
              )}
              <Command text={command ?? onHost(steps[step].command, view.commands)} t={t} />
              <PostButton action={steps[step].check} label={t(`first_run.${step}.check`)} />
            </Part>
          );
        })}
      </div>
    </>
  );
};
