import type { TimelineItem } from "@/jobs/timeline.ts";
import { readable } from "@/lib/text.ts";
import { isTextKey, type Translate } from "@/locales/translate.ts";
import { Data, Icon, Timestamp, type Tone } from "../ui.tsx";
import { jobTones, Lines, Said } from "./job-parts.tsx";

interface ItemProps {
  item: TimelineItem;
  /** Whether the job has ended; a command without an end is then unfinished. */
  isFinal: boolean;
  t: Translate;
}

export const TimelineList = ({ items, ...props }: Omit<ItemProps, "item"> & { items: readonly TimelineItem[] }) => (
  <ol class="timeline">
    {items.map((item) => (
      <TimelineEntry item={item} {...props} />
    ))}
  </ol>
);

const TimelineEntry = ({ item, isFinal, t }: ItemProps) => {
  const { tone, title } = headOf(item, isFinal, t);
  return (
    <li id={`event-${item.id}`}>
      <h3>
        <Icon tone={tone} />
        {title}
        <Timestamp value={item.at} />
      </h3>
      <Body item={item} t={t} />
    </li>
  );
};

interface Head {
  tone: Tone;
  title: string;
}

const headOf = (item: TimelineItem, isFinal: boolean, t: Translate): Head => {
  switch (item.type) {
    case "state":
      return { tone: jobTones[item.state], title: t(`job.state.${item.state}`) };
    case "command":
      return commandHead(item.outcome, isFinal, t);
    case "output":
      return { tone: "off", title: t(item.stream === "stdout" ? "job.output" : "job.error_output") };
    default:
      return { tone: tones[item.type], title: t(`job.${item.type}`) };
  }
};

const tones = {
  message: "ok",
  warning: "warning",
  failure: "fault",
  reasoning: "off",
  file_change: "notice",
  plan: "notice",
} as const;

type Outcome = Extract<TimelineItem, { type: "command" }>["outcome"];

const commandHead = (outcome: Outcome, isFinal: boolean, t: Translate): Head => {
  const head = (tone: Tone, state: string) => ({ tone, title: `${t("status.command")} · ${state}` });
  if (!outcome) {
    return isFinal ? head("warning", t("job.command_unfinished")) : head("notice", t("job.command_running"));
  }
  if (outcome.exitCode === null) return head("warning", t("job.exit_unknown"));
  return head(outcome.exitCode === 0 ? "ok" : "fault", t("job.exited", { code: outcome.exitCode }));
};

const Body = ({ item, t }: { item: TimelineItem; t: Translate }) => {
  switch (item.type) {
    case "state":
      return item.error === "" ? null : (
        <p>
          <Data text={item.error} />
        </p>
      );
    case "command":
      return (
        <>
          <Lines text={`$ ${item.command}`} />
          {item.outcome && item.outcome.output.trim() !== "" && <Lines text={item.outcome.output} isOutput />}
        </>
      );
    case "message":
      return <Said text={item.text} />;
    case "warning":
    case "failure":
    case "reasoning":
      return <Said text={item.text} isAside />;
    case "output":
      return <Lines text={item.text} isOutput />;
    case "file_change":
      return (
        <ul class="files">
          {item.changes.map(({ kind, path }) => (
            <li>
              {fileWord(kind, t)}{" "}
              <code>
                <Data text={path} />
              </code>
            </li>
          ))}
        </ul>
      );
    case "plan":
      return (
        <ul class="plan">
          {item.items.map(({ text, completed }) => (
            <li>
              <Icon tone={completed ? "ok" : "off"} />
              <span class="spoken">{t(completed ? "job.plan_done" : "job.plan_open")}</span>
              <Data text={readable(text)} />
            </li>
          ))}
        </ul>
      );
  }
};

/** Codex may report other kinds. */
const fileWord = (kind: string, t: Translate): string => {
  const key = `job.file_${kind}`;
  return isTextKey(key) ? t(key) : kind;
};
