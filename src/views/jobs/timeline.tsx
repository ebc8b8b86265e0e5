import type { Child } from "hono/jsx";
import { JOURNAL_FULL } from "@/jobs/journal.ts";
import type { TimelineItem } from "@/jobs/timeline.ts";
import { readable } from "@/lib/text.ts";
import { formatClock, formatDuration } from "@/locales/format.ts";
import { isTextKey, type Translate } from "@/locales/translate.ts";
import type { Frame } from "../layout.tsx";
import { Clock, Copy, Data, Icon, type Tone } from "../ui.tsx";
import { excerptOf, isLonger, Lines, Said } from "./job-parts.tsx";

interface TimelineProps {
  items: readonly TimelineItem[];
  /** Whether the job has ended; a command without an end is then unfinished. */
  isFinal: boolean;
  /** When the job began: each row says how much later it did. */
  begunAt: string;
  frame: Frame;
}

/** What a row shows folded, and below when it is unfolded. */
interface Row {
  tone: Tone;
  /** Said before the title, where that alone does not tell what the row is. */
  kind?: string;
  title: Child;
  /** How it went: shown where that is not as it should be, else only read out. */
  note?: string;
  body?: Child;
  /** While it goes on. */
  isOpen?: boolean;
}

export const Timeline = ({ items, isFinal, begunAt, frame }: TimelineProps) => (
  <ol class="timeline">
    {items.map((item, index) => {
      const isLast = index === items.length - 1;
      const { body, isOpen, ...row } = rowOf(item, { isFinal, isLast, t: frame.t });
      const line = <RowLine row={row} item={item} begunAt={begunAt} isRunning={isOpen === true} frame={frame} />;
      return (
        <li id={`event-${item.id}`}>
          {body === undefined || body === false ? (
            <div class="summary">{line}</div>
          ) : (
            <details open={isOpen}>
              <summary>{line}</summary>
              {body}
            </details>
          )}
        </li>
      );
    })}
  </ol>
);

interface RowLineProps extends Pick<TimelineProps, "begunAt" | "frame"> {
  row: Row;
  item: TimelineItem;
  isRunning: boolean;
}

const RowLine = ({ row: { tone, kind, title, note }, item, begunAt, isRunning, frame }: RowLineProps) => {
  const { at, endedAt } = item;
  const secondsFrom = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;
  return (
    <>
      <span class="clock">{formatClock(secondsFrom(begunAt, at))}</span>
      <Icon tone={tone} />
      <span class="what">
        {kind && <span class="kind">{kind} </span>}
        {title}
      </span>
      {note && <b class={tone === "ok" ? "spoken" : tone}>{note}</b>}
      {isRunning && item.type === "command" ? (
        <Clock value={at} now={frame.now} />
      ) : (
        // Stored times are in whole seconds.
        endedAt && endedAt !== at && <span class="clock">{formatDuration(secondsFrom(at, endedAt), frame.locale)}</span>
      )}
    </>
  );
};

const tones = { message: "notice", retry: "warning", warning: "warning", failure: "fault", reasoning: "off" } as const;

const rowOf = (item: TimelineItem, at: { isFinal: boolean; isLast: boolean; t: Translate }): Row => {
  const { isFinal, isLast, t } = at;
  switch (item.type) {
    case "command": {
      const { command, outcome } = item;
      const [tone, note] = commandState(outcome, isFinal, t);
      const body = (
        <>
          <div class="copied">
            <Lines text={command} />
            {!command.includes("\n…\n") && <Copy t={t} />}
          </div>
          {outcome && outcome.output.trim() !== "" && <Lines text={outcome.output} isOutput />}
        </>
      );
      const title = (
        <>
          <span class="spoken">{t("status.command")} </span>
          <code>{excerptOf(command)}</code>
        </>
      );
      return { tone, title, note, body, isOpen: !outcome && !isFinal };
    }
    case "output": {
      const kind = t(item.stream === "stdout" ? "job.output" : "job.error_output");
      return {
        tone: "off",
        kind,
        title: <code>{excerptOf(item.text)}</code>,
        body: <Lines text={item.text} isOutput />,
      };
    }
    case "file_change": {
      const isFailed = item.status === "failed" || item.status === "declined";
      const [first, ...more] = item.changes.map(({ kind, path }) => (
        <>
          {isFailed ? t("job.file_unchanged") : fileWord(kind, t)} <Data as="code" text={path} />
        </>
      ));
      return {
        tone: isFailed ? "fault" : "ok",
        kind: more.length > 0 ? t("job.files", { count: item.changes.length }) : t("job.file_change"),
        title: first,
        note: statusWord(item.status || "completed", t),
        body: more.length > 0 && (
          <ul class="files">
            {[first, ...more].map((file) => (
              <li>{file}</li>
            ))}
          </ul>
        ),
      };
    }
    case "item": {
      const key = `job.item_${item.item_type}`;
      const isOpen = item.status === "in_progress";
      const note = isOpen && isFinal ? t("job.command_unfinished") : statusWord(item.status, t);
      return {
        tone: itemTones[item.status] ?? "notice",
        kind: isTextKey(key) ? t(key) : readable(item.item_type),
        title: <Data text={excerptOf(item.title || item.text)} />,
        note,
        body: (item.text !== "" || isLonger(item.title)) && (
          <>
            {isLonger(item.title) && <Lines text={item.title} />}
            {item.text !== "" && <Lines text={item.text} isOutput />}
          </>
        ),
      };
    }
    case "plan": {
      const steps = item.items.map(({ text, completed }) => (
        <li>
          <Icon tone={completed ? "ok" : "off"} />
          <span class="spoken">{t(completed ? "job.plan_done" : "job.plan_open")}</span>
          <Data text={readable(text)} />
        </li>
      ));
      const done = item.items.filter(({ completed }) => completed).length;
      const next = item.items.find(({ completed }) => !completed)?.text ?? "";
      const kind = t("job.plan_progress", { done, total: item.items.length });
      const title = <Data text={excerptOf(next)} />;
      return { tone: "notice", kind, title, body: <ul class="plan">{steps}</ul>, isOpen: !isFinal };
    }
    default: {
      const text = item.text === JOURNAL_FULL ? t("job.journal_full") : item.text;
      return {
        tone: tones[item.type],
        kind: item.type === "message" ? "" : t(`job.${item.type}`),
        title: <Data text={excerptOf(text)} />,
        body: isLonger(text) && <Said text={text} />,
        isOpen: item.type === "message" && isLast && !isFinal,
      };
    }
  }
};

type Outcome = Extract<TimelineItem, { type: "command" }>["outcome"];

const commandState = (outcome: Outcome, isFinal: boolean, t: Translate): [Tone, string] => {
  if (!outcome) return isFinal ? ["warning", t("job.command_unfinished")] : ["notice", t("job.command_running")];
  if (outcome.isDeclined) return ["fault", statusWord("declined", t)];
  if (outcome.exitCode === null) return ["warning", t("job.exit_unknown")];
  return [outcome.exitCode === 0 ? "ok" : "fault", t("job.exited", { code: outcome.exitCode })];
};

const itemTones: Record<string, Tone> = { completed: "ok", failed: "fault", declined: "fault" };

/** Codex may report others. */
const statusWord = (status: string, t: Translate): string => {
  const key = `job.status_${status}`;
  return isTextKey(key) ? t(key) : readable(status);
};

/** Codex may report other kinds. */
const fileWord = (kind: string, t: Translate): string => {
  const key = `job.file_${kind}`;
  return isTextKey(key) ? t(key) : kind;
};
