import type { JobEvent, JournalEntry } from "./journal.ts";

/** What a journal tells, as a reader sees it: a command and its end are one item, so are the lines of one output. */
export type TimelineItem = { id: number; at: string } & (
  | Extract<JobEvent, { type: "state" | "message" | "reasoning" | "warning" | "failure" | "file_change" | "plan" }>
  | Extract<JobEvent, { type: "output" }>
  /** `outcome` is undefined while it runs. */
  | { type: "command"; command: string; outcome: { exitCode: number | null; output: string } | undefined }
);

export interface TimelineView {
  items: readonly TimelineItem[];
  /** How many earlier ones there are. */
  omitted: number;
}

const MAX_ITEMS = 150;
/** Of one text; the log has all of it. */
const MAX_TEXT = 4000;
/** Of a path or a step. */
const MAX_LABEL = 300;

/** Follows a journal. Bounded in items and in the text of each, whatever the job does. */
export const createTimeline = () => {
  let items: TimelineItem[] = [];
  let omitted = 0;

  const append = (item: TimelineItem) => {
    items.push(item);
    if (items.length <= MAX_ITEMS) return;
    omitted += items.length - MAX_ITEMS;
    items = items.slice(-MAX_ITEMS);
  };

  /** Items are values: what changes is put in the place of what it was. */
  const replace = (old: TimelineItem | undefined, change: (old: TimelineItem) => TimelineItem): boolean => {
    if (!old) return false;
    items[items.indexOf(old)] = change(old);
    return true;
  };

  const add = (entry: JournalEntry) => {
    const { id, at } = entry;
    switch (entry.type) {
      case "thread":
      case "usage":
        return;
      case "command_started":
        return append({ id, at, type: "command", command: cut(entry.command), outcome: undefined });
      case "command_finished": {
        const command = cut(entry.command);
        const outcome = { exitCode: entry.exit_code, output: cut(entry.output) };
        const begun = items.findLast((item) => item.type === "command" && !item.outcome && item.command === command);
        if (!replace(begun, ({ id, at }) => ({ id, at, type: "command", command, outcome }))) {
          append({ id, at, type: "command", command, outcome });
        }
        return;
      }
      case "plan": {
        const last = items.findLast((item) => item.type === "plan");
        const steps = entry.items.map(({ text, completed }) => ({ text: cut(text, MAX_LABEL), completed }));
        if (!replace(last, ({ id, at }) => ({ ...entry, items: steps, id, at }))) append({ ...entry, items: steps });
        return;
      }
      case "output": {
        const last = items.at(-1);
        const isSame = last?.type === "output" && last.stream === entry.stream;
        const text = isSame ? cut(`${last.text}\n${entry.text}`) : cut(entry.text);
        if (!replace(isSame ? last : undefined, ({ id, at }) => ({ ...entry, id, at, text })))
          append({ ...entry, text });
        return;
      }
      case "message":
      case "reasoning":
      case "warning":
      case "failure":
        return append({ ...entry, text: cut(entry.text) });
      case "file_change": {
        const changes = entry.changes.map(({ kind, path }) => ({ kind, path: cut(path, MAX_LABEL) }));
        return append({ ...entry, changes });
      }
      case "state":
        return append(entry);
    }
  };

  return {
    add,
    view: (): TimelineView => ({ items: [...items], omitted }),
  };
};

export type Timeline = ReturnType<typeof createTimeline>;

/** Both ends of a long text: the end tells how it went. */
const cut = (text: string, limit = MAX_TEXT): string => {
  if (text.length <= limit) return text;
  const half = limit / 2;
  return `${text.slice(0, half).toWellFormed()}\n…\n${text.slice(-half).toWellFormed()}`;
};
