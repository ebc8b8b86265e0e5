import type { TimelineItem } from "@/jobs/timeline.ts";
import { readable } from "@/lib/text.ts";
import { type JobTranslate, jobTranslator } from "@/locales/job-pages.ts";
import type { Locale } from "@/locales/locale.ts";
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
  const t = jobTranslator(locale);
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

const headOf = (item: TimelineItem, isFinal: boolean, t: JobTranslate): { tone: Tone; title: string } => {
  switch (item.type) {
    case "state":
      return { tone: jobTones[item.state], title: t(item.state) };
    case "command":
      return commandHead(item, isFinal, t);
    case "message":
      return { tone: "ok", title: t("message") };
    case "warning":
      return { tone: "warning", title: t("warning") };
    case "failure":
      return { tone: "fault", title: t("failure") };
    case "reasoning":
      return { tone: "off", title: t("reasoning") };
    case "output":
      return { tone: "off", title: t(item.stream === "stdout" ? "output" : "errorOutput") };
    case "file_change":
      return { tone: "notice", title: t("files") };
    case "plan":
      return { tone: "notice", title: t("plan") };
  }
};

const commandHead = (
  { outcome }: Extract<TimelineItem, { type: "command" }>,
  isFinal: boolean,
  t: JobTranslate,
): { tone: Tone; title: string } => {
  const title = (state: string) => `${t("command")} · ${state}`;
  if (!outcome) {
    return isFinal
      ? { tone: "warning", title: title(t("commandUnfinished")) }
      : { tone: "notice", title: title(t("commandRunning")) };
  }
  if (outcome.exitCode === null) return { tone: "warning", title: title(t("exitUnknown")) };
  const tone = outcome.exitCode === 0 ? "ok" : "fault";
  return { tone, title: title(t("exited", { code: outcome.exitCode })) };
};

const Body = ({ item, t }: { item: TimelineItem; t: JobTranslate }) => {
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
              <span class="spoken">{t(completed ? "planDone" : "planOpen")}</span>
              <Data text={readable(text)} />
            </li>
          ))}
        </ul>
      );
  }
};

const fileWord = (kind: string, t: JobTranslate): string => {
  switch (kind) {
    case "add":
      return t("fileAdd");
    case "update":
      return t("fileUpdate");
    case "delete":
      return t("fileDelete");
    default:
      return kind;
  }
};
