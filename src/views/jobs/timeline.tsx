import type { Child } from "hono/jsx";
import { JOURNAL_FULL } from "@/jobs/journal.ts";
import { readable } from "@/lib/text.ts";
import { formatClock, formatDuration } from "@/locales/format.ts";
import { type Translate, textOr } from "@/locales/translate.ts";
import type { Frame } from "../layout.tsx";
import { Clock, Copy, Data, Icon, secondsBetween, type Tone } from "../ui.tsx";
import { excerptOf, isLonger, Lines, Said } from "./job-parts.tsx";
import { CUT, type TimelineItem } from "./timeline-view.ts";

interface TimelineProps {
  items: readonly TimelineItem[];
  /** Whether the job has ended; a command without an end is then unfinished. */
  isFinal: boolean;
  /** When the job began: each row says how much later it did. */
  begunAt: string;
  /** The row whose texts are shown whole. */
  openId: number;
  frame: Frame;
}

/** What a row shows folded, and below when it is unfolded. */
interface Row {
  tone: Tone;
  /** Shown before a title that does not say what the row is. */
  kind?: string;
  title: Child;
  /** The outcome; if it is `ok`, for screen readers only. */
  note?: string;
  body?: Child;
  /** Unfolded, as while it runs. */
  isOpen?: boolean;
}

/** What is sent of a folded command, message or output: 50 rows take less than 30 kB. */
const FOLDED_CHARS = 400;
const FOLDED_OUTPUT_CHARS = 160;

export const Timeline = ({ items, isFinal, begunAt, openId, frame: { t, locale, now } }: TimelineProps) => (
  <ol class="timeline">
    {items.map((item, index) => {
      const { id, at, endedAt } = item;
      const isWhole = id === openId;
      const row = rowOf(item, { isFinal, isLast: index === items.length - 1, isWhole, t });
      const line = (
        <>
          <i>{formatClock(secondsBetween(begunAt, at))}</i>
          <Icon tone={row.tone} />
          <span class="what">
            {row.kind && <span class="kind">{row.kind} </span>}
            {row.title}
          </span>
          {row.note && <b class={row.tone === "ok" ? "spoken" : row.tone}>{row.note}</b>}
          {row.isOpen && item.type === "command" ? (
            <Clock value={at} now={now} />
          ) : (
            // Stored times are in whole seconds.
            endedAt && endedAt !== at && <i>{formatDuration(secondsBetween(at, endedAt), locale)}</i>
          )}
        </>
      );
      return (
        <li id={`event-${id}`}>
          {row.body === undefined || row.body === false ? (
            <div class="summary">{line}</div>
          ) : (
            <details open={row.isOpen || isWhole}>
              <summary>{line}</summary>
              {row.body}
            </details>
          )}
        </li>
      );
    })}
  </ol>
);

const tones = { message: "notice", retry: "warning", warning: "warning", failure: "fault", reasoning: "off" } as const;

type At = Record<"isFinal" | "isLast" | "isWhole", boolean> & { t: Translate };

const rowOf = (item: TimelineItem, { isFinal, isLast, isWhole, t }: At): Row => {
  const outputOf = (text: string) => (
    <Part id={item.id} text={text} limit={isWhole ? Infinity : FOLDED_OUTPUT_CHARS} look="output" t={t} />
  );
  switch (item.type) {
    case "command": {
      const { command, outcome } = item;
      const [tone, note] = commandState(outcome, isFinal, t);
      const isOpen = !outcome && !isFinal;
      const limit = isOpen || isWhole ? Infinity : FOLDED_CHARS;
      const isShown = command.length <= limit && !command.includes(CUT);
      const body = (
        <>
          <div class="copied">
            {isLonger(command) && <Part id={item.id} text={command} limit={limit} t={t} />}
            {isShown && <Copy t={t} />}
          </div>
          {outcome && outcome.output.trim() !== "" && outputOf(outcome.output)}
        </>
      );
      return { tone, title: <code>{excerptOf(command)}</code>, note, body, isOpen };
    }
    case "output": {
      const kind = t(item.stream === "stdout" ? "job.output" : "job.error_output");
      return { tone: "off", kind, title: <code>{excerptOf(item.text)}</code>, body: outputOf(item.text) };
    }
    case "file_change": {
      const isFailed = item.status === "failed" || item.status === "declined";
      const [first, ...more] = item.changes.map(({ kind, path }) => (
        <>
          {isFailed ? t("job.file_unchanged") : textOr(t, `job.file_${kind}`, kind)} <Data as="code" text={path} />
        </>
      ));
      return {
        tone: isFailed ? "fault" : "ok",
        kind: more.length > 0 ? t("job.files", { count: item.changes.length }) : t("job.file_change"),
        title: first,
        note: statusWord(item.status || "completed", t),
        body: more.length > 0 && (
          <ul>
            {[first, ...more].map((file) => (
              <li>{file}</li>
            ))}
          </ul>
        ),
      };
    }
    case "item": {
      const isOpen = item.status === "in_progress";
      const note = isOpen && isFinal ? t("job.command_unfinished") : statusWord(item.status, t);
      return {
        tone: itemTones[item.status] ?? "notice",
        kind: textOr(t, `job.item_${item.item_type}`, readable(item.item_type)),
        title: <Data text={excerptOf(item.title || item.text)} />,
        note,
        body: (item.text !== "" || isLonger(item.title)) && (
          <>
            {isLonger(item.title) && <Lines text={item.title} />}
            {item.text !== "" && outputOf(item.text)}
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
      const isOpen = item.type === "message" && isLast && !isFinal;
      return {
        tone: tones[item.type],
        kind: item.type === "message" ? "" : t(`job.${item.type}`),
        title: <Data text={excerptOf(text)} />,
        body: isLonger(text) && (
          <Part id={item.id} text={text} limit={isOpen || isWhole ? Infinity : FOLDED_CHARS} look="said" t={t} />
        ),
        isOpen,
      };
    }
  }
};

interface PartProps {
  id: number;
  text: string;
  limit: number;
  look?: "output" | "said";
  t: Translate;
}

/** A text, cut if it is long: of output the end is kept. A link shows all that the page can. */
const Part = ({ id, text, limit, look, t }: PartProps) => {
  const isCut = text.length > limit;
  const part = look === "output" ? `…${text.slice(-limit)}` : `${text.slice(0, limit)}…`;
  const shown = isCut ? part.toWellFormed() : text;
  return (
    <>
      {look === "said" ? <Said text={shown} /> : <Lines text={shown} isOutput={look === "output"} />}
      {isCut && <a href={`?row=${id}#event-${id}`}>{t("job.show_all")}</a>}
    </>
  );
};

type Outcome = Extract<TimelineItem, { type: "command" }>["outcome"];

const commandState = (outcome: Outcome, isFinal: boolean, t: Translate): [Tone, string] => {
  if (!outcome) return isFinal ? ["warning", t("job.command_unfinished")] : ["active", t("job.command_running")];
  if (outcome.isDeclined) return ["fault", statusWord("declined", t)];
  if (outcome.exitCode === null) return ["warning", t("job.exit_unknown")];
  return [outcome.exitCode === 0 ? "ok" : "fault", t("job.exited", { code: outcome.exitCode })];
};

const itemTones: Record<string, Tone> = { in_progress: "active", completed: "ok", failed: "fault", declined: "fault" };

const statusWord = (status: string, t: Translate): string => textOr(t, `job.status_${status}`, readable(status));
