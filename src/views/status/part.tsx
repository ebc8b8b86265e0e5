import type { Child } from "hono/jsx";
import type { StatusPageView } from "@/status/service.ts";
import type { Frame } from "../layout.tsx";
import { Icon, type Tone } from "../ui.tsx";

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
      <span class="line">
        {line.filter(Boolean).map((child, index) => (
          <>
            {index > 0 && " · "}
            {child}
          </>
        ))}
      </span>
    </summary>
    <div class="part-body">{children}</div>
  </details>
);
