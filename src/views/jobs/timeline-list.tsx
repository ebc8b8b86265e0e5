import type { TimelineItem } from "@/jobs/timeline.ts";
import { readable } from "@/lib/text.ts";
import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import { Icon, type Tone } from "../icons.tsx";
import { Data, Timestamp } from "../ui.tsx";
import { jobTones } from "./job-state.tsx";
import { Lines, Said } from "./long-text.tsx";

/** The list that new items of a running job are appended to. */
const LIST_ID = "timeline-items";

export const TimelineList = ({
  items,
  locale,
  isFinal,
}: Omit<ItemProps, "item"> & { items: readonly TimelineItem[] }) => (
  <ol class="timeline" id={LIST_ID}>
    {items.map((item) => (
      <TimelineEntry item={item} locale={locale} isFinal={isFinal} />
    ))}
  </ol>
);

export const timelineEntryId = ({ id }: TimelineItem) => `event-${id}`;

interface ItemProps {
  item: TimelineItem;
  locale: Locale;
  /** Whether the job has ended: what has no end by then will have none. */
  isFinal: boolean;
}

export const TimelineEntry = ({ item, locale, isFinal }: ItemProps) => {
  const t = translate(locale);
  const { tone, title } = headOf(item, isFinal, t);
  return (
    <li id={timelineEntryId(item)} data-into={LIST_ID}>
      <h3>
        <Icon tone={tone} />
        {title}
        <Timestamp value={item.at} />
      </h3>
      <Body item={item} t={t} />
    </li>
  );
};

const headOf = (item: TimelineItem, isFinal: boolean, t: Translate): { tone: Tone; title: string } => {
  switch (item.type) {
    case "state":
      return { tone: jobTones[item.state], title: t(`job.state.${item.state}`) };
    case "command":
      return commandHead(item, isFinal, t);
    case "message":
      return { tone: "ok", title: t("job.message") };
    case "warning":
      return { tone: "warning", title: t("job.warning") };
    case "failure":
      return { tone: "fault", title: t("job.failure") };
    case "reasoning":
      return { tone: "off", title: t("job.reasoning") };
    case "output":
      return { tone: "off", title: t(item.stream === "stdout" ? "job.output" : "job.error_output") };
    case "file_change":
      return { tone: "notice", title: t("job.files") };
    case "plan":
      return { tone: "notice", title: t("job.plan") };
  }
};

const commandHead = (
  { outcome }: Extract<TimelineItem, { type: "command" }>,
  isFinal: boolean,
  t: Translate,
): { tone: Tone; title: string } => {
  const title = (state: string) => `${t("job.command")} · ${state}`;
  if (!outcome) {
    return isFinal
      ? { tone: "warning", title: title(t("job.command_unfinished")) }
      : { tone: "notice", title: title(t("job.command_running")) };
  }
  if (outcome.exitCode === null) return { tone: "warning", title: title(t("job.exit_unknown")) };
  const tone = outcome.exitCode === 0 ? "ok" : "fault";
  return { tone, title: title(t("job.exited", { code: outcome.exitCode })) };
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

const fileWord = (kind: string, t: Translate): string => {
  switch (kind) {
    case "add":
      return t("job.file_add");
    case "update":
      return t("job.file_update");
    case "delete":
      return t("job.file_delete");
    default:
      return kind;
  }
};
