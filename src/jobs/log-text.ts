import { printable } from "@/lib/text.ts";
import type { JournalEntry } from "./journal.ts";

/** A journal as text: one paragraph per event. Deterministic, so that byte ranges of it can be served. */
export const toLogText = (entries: readonly JournalEntry[]): string =>
  printable(entries.map((entry) => `[${entry.at}] ${describe(entry)}\n`).join(""));

const MAX_LINE_CHARS = 200;

/** The last line of what Codex said or did, shortened; "" for events about the run itself. */
export const lastLineOf = (entry: JournalEntry): string => {
  if (entry.type === "state" || entry.type === "thread" || entry.type === "usage") return "";
  const text = describe(entry).trimEnd();
  const line = text.slice(text.lastIndexOf("\n") + 1);
  const chars = Array.from(line.slice(0, 2 * MAX_LINE_CHARS + 2));
  return chars.length > MAX_LINE_CHARS ? `${chars.slice(0, MAX_LINE_CHARS).join("")}…` : line;
};

const describe = (entry: JournalEntry): string => {
  switch (entry.type) {
    case "state":
      return `== ${entry.state}${entry.error ? `: ${entry.error}` : ""}`;
    case "thread":
      return `thread ${entry.thread_id}`;
    case "message":
      return `codex: ${entry.text}`;
    case "reasoning":
      return `thinking: ${entry.text}`;
    case "command_started":
      return `$ ${entry.command}`;
    case "command_finished":
      return `exit ${entry.exit_code ?? "unknown"}: ${entry.command}\n${entry.output.trimEnd()}`.trimEnd();
    case "file_change":
      return `files: ${entry.changes.map(({ kind, path }) => `${kind} ${path}`).join(", ")}`;
    case "plan":
      return `plan:${entry.items.map(({ text, completed }) => `\n  [${completed ? "x" : " "}] ${text}`).join("")}`;
    case "usage":
      return `tokens: ${Object.entries(entry.usage)
        .map(([name, count]) => `${name} ${count}`)
        .join(", ")}`;
    case "warning":
      return `warning: ${entry.text}`;
    case "failure":
      return `failed: ${entry.text}`;
    case "output":
      return `${entry.stream}: ${entry.text}`;
  }
};
