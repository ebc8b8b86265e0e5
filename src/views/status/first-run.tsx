import type { Problem } from "@/status/diagnose.ts";
import { type FirstStep, firstSteps } from "@/status/first-run.ts";
import { onHost } from "@/status/host-commands.ts";
import { describeProblem } from "@/status/problem-text.ts";
import type { StatusPageView } from "@/status/service.ts";
import { Command, Icon, PostButton, Prose } from "../ui.tsx";
import { Explanation } from "./explanation.tsx";
import type { CardProps } from "./part.tsx";

interface Step {
  command: string;
  /** The form that checks it. */
  check: string;
  /** The problems that the step shows until it is done. */
  kinds: RegExp;
}

const steps: Record<FirstStep, Step> = {
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
          const tone = isDone ? "ok" : "off";
          const problem = problems.find(({ kind }) => !isDone && steps[step].kinds.test(kind));
          const { command } = (problem && describeProblem(problem, locale, view.commands)) ?? {};
          return (
            <details id={`step-${step}`} class={`part ${tone}`} data-tone={tone} open={step === open[0]}>
              <summary class="part-head">
                <Icon tone={tone} />
                <h2>{t(`first_run.${step}.title`)}</h2>
                <span class="line">{t(isDone ? "first_run.done" : "first_run.todo")}</span>
              </summary>
              <div class="part-body">
                <p>
                  <Prose text={t(`first_run.${step}.text`)} />
                </p>
                {problem && problem.severity !== "notice" && <Explanation problem={problem} isInStep frame={frame} />}
                <Command text={command ?? onHost(steps[step].command, view.commands)} t={t} />
                <PostButton action={steps[step].check} label={t(`first_run.${step}.check`)} />
              </div>
            </details>
          );
        })}
      </div>
    </>
  );
};
