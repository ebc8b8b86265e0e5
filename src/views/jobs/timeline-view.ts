import { mapTexts } from "@/executor/codex/events.ts";
import { withPlainCommand } from "@/executor/codex/shell-command.ts";
import { NO_RESULT } from "@/executor/output.ts";
import type { JobEvent, JournalEntry } from "@/jobs/journal.ts";

/** A journal for readers: what belongs together is one item, from `at` to `endedAt`. */
export type TimelineItem = { id: number; at: string; endedAt?: string } & (
  | Exclude<JobEvent, { type: "state" | "thread" | "usage" | "command_started" | "command_finished" }>
  /** `outcome` is undefined while it runs. */
  | { type: "command"; command: string; outcome: CommandOutcome | undefined }
);

interface CommandOutcome {
  exitCode: number | null;
  output: string;
  isDeclined: boolean;
}

const MAX_ITEMS = 150;
/** Of them all, as HTML: a page that is loaded at every event stays below 256 KiB. */
const MAX_SHOWN_BYTES = 112 * 1024;
/** Of one text; the log has all of it. */
const MAX_TEXT = 4000;
/** Of a path or a step. */
const MAX_LABEL = 300;

/**
 * The newest items, bounded in number, in the text of each and in all.
 * @param above what the page shows above the timeline, and so not in it.
 */
export const toTimeline = (entries: Iterable<JournalEntry>, above?: { said: string; resultText: string }) => {
  const all: TimelineItem[] = [];
  /** Whether the program did anything at all. */
  let hasRun = false;
  for (const entry of entries) {
    if (entry.type === "state") continue;
    hasRun = true;
    const item = toItem(entry);
    if (item) add(all, item);
  }
  const steps = all.findLast((item) => item.type === "plan")?.items;
  const plan = steps && { done: steps.filter(({ completed }) => completed).length, total: steps.length };
  const answer = all.findLast((item) => item.type === "message" && item.text.trim() !== "");
  /** Whether the result is what Codex said last, rather than the output of another program. */
  const isAnswered = answer?.type === "message" && isSame(answer.text, above?.resultText ?? "");
  const isAllAbove = !answer && above !== undefined && isWhole(above.resultText);
  const items = above
    ? all.flatMap((item) => {
        if ((isAnswered && item === answer) || (isAllAbove && item.type === "output")) return [];
        return withoutSaid(item, oneLine(above.said)) ?? [];
      })
    : all;
  let shown = 0;
  for (let bytes = 0; shown < Math.min(items.length, MAX_ITEMS); shown++) {
    // The names of the fields stand for the markup around them.
    bytes += Buffer.byteLength(Bun.escapeHTML(JSON.stringify(items.at(-1 - shown))));
    if (bytes > MAX_SHOWN_BYTES) break;
  }
  const omitted = items.length - shown;
  return { items: items.slice(omitted), omitted, hasRun, plan, isAnswered };
};

export type TimelineView = ReturnType<typeof toTimeline>;

/** undefined for an entry that is not shown. */
const toItem = (entry: Exclude<JournalEntry, { type: "state" }>): TimelineItem | undefined => {
  const limit = entry.type === "plan" || entry.type === "file_change" ? MAX_LABEL : MAX_TEXT;
  const event = mapTexts(withPlainCommand(entry), (text) => cut(text, limit));
  const { id, at } = entry;
  switch (event.type) {
    case "thread":
    case "usage":
      return undefined;
    case "command_started":
      return { id, at, type: "command", command: event.command, outcome: undefined };
    case "command_finished": {
      const { command, exit_code: exitCode, output, status } = event;
      return { id, at, type: "command", command, outcome: { exitCode, output, isDeclined: status === "declined" } };
    }
    default:
      return { id, at, ...event };
  }
};

/** Whether the item is the rest, or a newer state, of an earlier one. */
const continues = (item: TimelineItem, earlier: TimelineItem): boolean => {
  switch (item.type) {
    case "command":
      return earlier.type === "command" && !earlier.outcome && !!item.outcome && earlier.command === item.command;
    case "item": {
      const isBegun = earlier.type === "item" && earlier.status === "in_progress" && item.status !== "in_progress";
      return isBegun && earlier.item_type === item.item_type && earlier.title === item.title;
    }
    case "output":
      return earlier.type === "output" && earlier.stream === item.stream;
    // Codex reports what ends a turn twice: as an error, and as the turn's.
    case "warning":
    case "failure":
      return earlier.type === "warning" && earlier.text === item.text;
    default:
      return earlier.type === item.type && (item.type === "retry" || item.type === "plan");
  }
};

const NO_PROGRESS: readonly string[] = ["retry", "warning", "output"];
/** These continue only what came since Codex last got anywhere. */
const TROUBLE: readonly string[] = ["retry", "warning", "failure"];

/** Adds the item, or puts it in the place of the one that it continues, unless that is omitted. */
const add = (items: TimelineItem[], item: TimelineItem) => {
  const recent = items.slice(item.type === "output" ? -1 : -MAX_ITEMS);
  const progress = TROUBLE.includes(item.type) ? recent.findLastIndex(({ type }) => !NO_PROGRESS.includes(type)) : -1;
  const earlier = recent.slice(progress + 1).findLast((earlier) => continues(item, earlier));
  if (!earlier) return void items.push(item);
  const both = { ...item, id: earlier.id, at: earlier.at, endedAt: item.at };
  if (earlier.type === "output" && both.type === "output") both.text = cut(`${earlier.text}\n${both.text}`, MAX_TEXT);
  items[items.lastIndexOf(earlier)] = both;
};

/** Of two texts, each of which may be cut at its end. */
const COMPARED_CHARS = 1000;
const isSame = (one: string, other: string): boolean =>
  one.trim().slice(0, COMPARED_CHARS) === other.trim().slice(0, COMPARED_CHARS);

const isWhole = (result: string): boolean =>
  result !== "" && result !== NO_RESULT && !/\.\.\.\[truncated \d+ chars\]$/.test(result);

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** A shorter part of a sentence may be there by chance. */
const MIN_PART_CHARS = 24;
/** What a row adds around the sentence, such as a time or a request id, is in the log. */
const MAX_ADDED_CHARS = 200;

/** @param said one line. */
const isSaid = (text: string, said: string): boolean => {
  const line = oneLine(text);
  if (said === "" || line === "") return false;
  const [part, whole] = line.length < said.length ? [line, said] : [said, line];
  if (whole.length - part.length > MAX_ADDED_CHARS && whole === line) return false;
  return part === whole || (part.length >= MIN_PART_CHARS && whole.includes(part));
};

/** The item without the sentence that is shown above; undefined if nothing is left of it. */
const withoutSaid = (item: TimelineItem, said: string): TimelineItem | undefined => {
  switch (item.type) {
    case "warning":
    case "failure":
      return isSaid(item.text, said) ? undefined : item;
    case "retry": {
      const [, text = "", why = ""] = /^([^(]*)\((.*)\)$/s.exec(item.text) ?? [];
      return isSaid(why, said) ? { ...item, text: text.trim() } : item;
    }
    case "item":
      return isSaid(item.text, said) ? { ...item, text: "" } : item;
    case "output": {
      const lines = item.text.split("\n").filter((line) => !isSaid(line, said));
      return lines.join("").trim() === "" ? undefined : { ...item, text: lines.join("\n") };
    }
    default:
      return item;
  }
};

/** Stands where a text was cut. */
export const CUT = "\n…\n";

/** Keeps both ends of a long text: the end shows how it went. */
export const cut = (text: string, limit: number): string => {
  if (text.length <= limit) return text;
  const half = limit / 2;
  return text.slice(0, half).toWellFormed() + CUT + text.slice(-half).toWellFormed();
};
