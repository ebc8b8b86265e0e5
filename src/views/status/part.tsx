import type { Child } from "hono/jsx";
import type { Problem } from "@/status/diagnose.ts";
import type { HostCommands } from "@/status/host-commands.ts";
import { describeProblem } from "@/status/problem-text.ts";
import type { StatusPageView } from "@/status/service.ts";
import type { Frame } from "../layout.tsx";
import { Command, Icon, joined, Prose, type Tone } from "../ui.tsx";

export interface CardProps {
  view: StatusPageView;
  frame: Frame;
}

interface PartProps {
  id: string;
  title: string;
  tone: Tone;
  /** The summary beside the title. */
  line: readonly Child[];
  open?: boolean;
  children: Child;
}

/** One part of the status: a line while all is well, unfolded otherwise. The script follows when its tone changes. */
export const Part = ({ id, title, tone, line, children, ...props }: PartProps) => (
  <details id={id} class={`part ${tone}`} data-tone={tone} open={props.open ?? ["warning", "fault"].includes(tone)}>
    <summary class="part-head">
      <Icon tone={tone} />
      <h2>{title}</h2>
      <span class="line">{joined(line.filter(Boolean), " · ")}</span>
    </summary>
    <div class="part-body">{children}</div>
  </details>
);

interface ExplanationProps {
  problem: Problem;
  /** How this host is run; undefined leaves the command out. */
  commands?: HostCommands;
  frame: Frame;
  /** Rows above the cause. */
  children?: Child;
}

/** Cause, fix and command of a problem. */
export const Explanation = ({ problem, commands, frame: { t, locale }, children }: ExplanationProps) => {
  const { cause, fix, command } = describeProblem(problem, locale, commands);
  return (
    <dl class="remedy">
      {children}
      <dt>{t("status.cause")}</dt>
      <dd dir="auto">
        <Prose text={cause} />
      </dd>
      {fix !== "" && <dt>{t("status.fix")}</dt>}
      {fix !== "" && <Prose as="dd" text={fix} />}
      {commands && command && <dt>{t("status.command")}</dt>}
      {commands && command && (
        <dd>
          <Command text={command} t={t} />
        </dd>
      )}
    </dl>
  );
};
