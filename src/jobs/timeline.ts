import { mapTexts } from "@/executor/codex/events.ts";
import { NO_RESULT } from "@/executor/output.ts";
import { withoutShell } from "./command.ts";
import type { JobEvent, JournalEntry } from "./journal.ts";

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

export interface TimelineView {
  items: readonly TimelineItem[];
  /** How many earlier ones there are. */
  omitted: number;
  /** Whether the program did anything at all. */
  hasRun: boolean;
  plan: { done: number; total: number } | undefined;
  /** Whether the result is what Codex said last, rather than the output of another program. */
  isAnswered: boolean;
}

/** What the page shows above the timeline, and so not in it. */
interface ShownAbove {
  said: string;
  resultText: string;
}

const MAX_ITEMS = 150;
/** Of them all, as HTML: a page that is loaded at every event stays below 256 KiB. */
const MAX_SHOWN_BYTES = 112 * 1024;
/** Of one text; the log has all of it. */
const MAX_TEXT = 4000;
/** Of a path or a step. */
const MAX_LABEL = 300;

/** The newest items, bounded in number, in the text of each and in all. */
export const toTimeline = (entries: Iterable<JournalEntry>, above?: ShownAbove): TimelineView => {
  const all: TimelineItem[] = [];
  let hasRun = false;
  let plan: TimelineView["plan"];
  for (const entry of entries) {
    if (entry.type === "state") continue;
    hasRun = true;
    if (entry.type === "plan") {
      plan = { done: entry.items.filter(({ completed }) => completed).length, total: entry.items.length };
    }
    add(all, entry);
  }
  const answer = all.findLast((item) => item.type === "message" && item.text.trim() !== "");
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

const add = (items: TimelineItem[], entry: Exclude<JournalEntry, { type: "state" }>) => {
  /** Takes the place of `old`, unless that is none or omitted. */
  const put = (old: TimelineItem | undefined, item: TimelineItem) => {
    const index = old ? items.lastIndexOf(old, -1) : -1;
    if (old && index >= items.length - MAX_ITEMS) {
      items[index] = { ...item, id: old.id, at: old.at, endedAt: item.at };
    } else items.push(item);
  };
  const recent = () => items.slice(-MAX_ITEMS);
  /** Those since Codex last got anywhere. */
  const stuck = () => {
    const latest = recent();
    return latest.slice(latest.findLastIndex(({ type }) => !NO_PROGRESS.includes(type)) + 1);
  };
  const { id, at } = entry;
  const limit = entry.type === "plan" || entry.type === "file_change" ? MAX_LABEL : MAX_TEXT;
  const event = mapTexts("command" in entry ? { ...entry, command: withoutShell(entry.command) } : entry, (text) =>
    cut(text, limit),
  );
  switch (event.type) {
    case "thread":
    case "usage":
      return;
    case "command_started":
      return put(undefined, { id, at, type: "command", command: event.command, outcome: undefined });
    case "command_finished": {
      const { command, exit_code: exitCode, output, status } = event;
      const begun = recent().findLast((item) => item.type === "command" && !item.outcome && item.command === command);
      return put(begun, {
        id,
        at,
        type: "command",
        command,
        outcome: { exitCode, output, isDeclined: status === "declined" },
      });
    }
    case "output": {
      const last = items.at(-1);
      if (last?.type !== "output" || last.stream !== event.stream) return put(undefined, { id, at, ...event });
      return put(last, { id, at, ...event, text: cut(`${last.text}\n${event.text}`, MAX_TEXT) });
    }
    case "item": {
      const isBegin = event.status === "in_progress";
      const begun = (isBegin ? [] : recent()).findLast(
        (item) =>
          item.type === "item" &&
          item.status === "in_progress" &&
          item.item_type === event.item_type &&
          item.title === event.title,
      );
      return put(begun, { id, at, ...event });
    }
    case "retry":
      return put(
        stuck().findLast(({ type }) => type === "retry"),
        { id, at, ...event },
      );
    // Codex reports what ends a turn twice: as an error, and as the turn's.
    case "warning":
    case "failure":
      return put(
        stuck().findLast((item) => item.type === "warning" && item.text === event.text),
        { id, at, ...event },
      );
    case "plan":
      return put(
        recent().findLast(({ type }) => type === "plan"),
        { id, at, ...event },
      );
    default:
      return put(undefined, { id, at, ...event });
  }
};

const NO_PROGRESS: readonly string[] = ["retry", "warning", "output"];

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
