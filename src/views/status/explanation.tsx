import type { Problem } from "@/status/diagnose.ts";
import type { HostCommands } from "@/status/host-commands.ts";
import { describeProblem } from "@/status/problem-text.ts";
import type { Frame } from "../layout.tsx";
import { Command, Prose } from "../ui.tsx";

interface ExplanationProps {
  problem: Problem;
  /** In a step of the first run: with the title, and without the command, which the step shows. */
  isInStep?: boolean;
  commands?: HostCommands;
  frame: Frame;
}

/** Cause, fix and command of a problem. */
export const Explanation = (props: ExplanationProps) => {
  const { t, locale } = props.frame;
  const { title, cause, fix, command } = describeProblem(props.problem, locale, props.commands);
  return (
    <dl class="remedy">
      {props.isInStep && <dt>{t(`status.severity_${props.problem.severity}`)}</dt>}
      {props.isInStep && <Prose as="dd" text={title} />}
      <dt>{t("status.cause")}</dt>
      <dd dir="auto">
        <Prose text={cause} />
      </dd>
      {fix !== "" && <dt>{t("status.fix")}</dt>}
      {fix !== "" && <Prose as="dd" text={fix} />}
      {!props.isInStep && command && <dt>{t("status.command")}</dt>}
      {!props.isInStep && command && (
        <dd>
          <Command text={command} t={t} />
        </dd>
      )}
    </dl>
  );
};
