import { mapTexts } from "@/executor/codex/events.ts";
import type { JobEvent, JournalEntry } from "./journal.ts";

/** A journal for readers: a command and its end are one item, and so are consecutive lines of one output. */
export type TimelineItem = { id: number; at: string } & (
  | Exclude<JobEvent, { type: "thread" | "usage" | "command_started" | "command_finished" }>
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
}

const MAX_ITEMS = 150;
/** Of them all, as HTML: a page that is loaded at every event stays below 256 KiB. */
const MAX_SHOWN_BYTES = 112 * 1024;
/** Of one text; the log has all of it. */
const MAX_TEXT = 4000;
/** Of a path or a step. */
const MAX_LABEL = 300;

/** The newest items, bounded in number, in the text of each and in all. */
export const toTimeline = (entries: Iterable<JournalEntry>): TimelineView => {
  const items: TimelineItem[] = [];
  for (const entry of entries) add(items, entry);
  let shown = 0;
  for (let bytes = 0; shown < Math.min(items.length, MAX_ITEMS); shown++) {
    // The names of the fields stand for the markup around them.
    bytes += Buffer.byteLength(Bun.escapeHTML(JSON.stringify(items.at(-1 - shown))));
    if (bytes > MAX_SHOWN_BYTES) break;
  }
  const omitted = items.length - shown;
  return { items: items.slice(omitted), omitted };
};

const add = (items: TimelineItem[], entry: JournalEntry) => {
  /** Takes the place of `old`, unless that is none or omitted. */
  const put = (old: TimelineItem | undefined, item: TimelineItem) => {
    const index = old ? items.lastIndexOf(old, -1) : -1;
    if (old && index >= items.length - MAX_ITEMS) items[index] = { ...item, id: old.id, at: old.at };
    else items.push(item);
  };
  const recent = () => items.slice(-MAX_ITEMS);
  if (entry.type === "state") return put(undefined, entry);
  const { id, at } = entry;
  const limit = entry.type === "plan" || entry.type === "file_change" ? MAX_LABEL : MAX_TEXT;
  const event = mapTexts(entry, (text) => cut(text, limit));
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
    case "failure": {
      const last = items.at(-1);
      // Codex reports what ends a turn twice: as an error, and as the turn's.
      const isReplaced =
        event.type === "retry" ? last?.type === "retry" : last?.type === "warning" && last.text === event.text;
      return put(isReplaced ? last : undefined, { id, at, ...event });
    }
    case "plan": {
      const plan = recent().findLast((item) => item.type === "plan");
      return put(plan, { id, at, ...event });
    }
    default:
      return put(undefined, { id, at, ...event });
  }
};

/** Keeps both ends of a long text: the end shows how it went. */
export const cut = (text: string, limit: number): string => {
  if (text.length <= limit) return text;
  const half = limit / 2;
  return `${text.slice(0, half).toWellFormed()}\n…\n${text.slice(-half).toWellFormed()}`;
};
