import type { RunEvent } from "./run-event.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** A thread's id becomes an argument of a later run: what any program printed must not turn into an option there. */
export const isThreadId = (value: unknown): value is string =>
  typeof value === "string" && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null;
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const objectsOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/**
 * One line of `codex exec --json` as an event of ours (shapes measured on 0.98 and 0.169).
 * @returns undefined for a line that is none; null for an event that tells a reader nothing.
 */
export const parseCodexLine = (line: string): RunEvent | null | undefined => {
  const event = parseObject(line);
  switch (event?.type) {
    case "thread.started":
      return isThreadId(event.thread_id) ? { type: "thread", thread_id: event.thread_id } : null;
    case "turn.completed":
      return { type: "usage", usage: numbersOf(event.usage) };
    case "turn.failed":
      return { type: "failure", text: isObject(event.error) ? textOf(event.error.message) : "" };
    case "error":
      return { type: "warning", text: textOf(event.message) };
    case "item.started":
    case "item.updated":
    case "item.completed":
      return isObject(event.item) ? parseItem(event.item, event.type === "item.completed") : null;
    case "turn.started":
      return null;
    default:
      return undefined;
  }
};

const parseItem = (item: JsonObject, isComplete: boolean): RunEvent | null => {
  if (item.type === "command_execution") {
    const command = textOf(item.command);
    if (!isComplete) return { type: "command_started", command };
    const exitCode = typeof item.exit_code === "number" ? item.exit_code : null;
    return { type: "command_finished", command, exit_code: exitCode, output: textOf(item.aggregated_output) };
  }
  if (item.type === "todo_list") {
    const items = objectsOf(item.items).map(({ text, completed }) => ({
      text: textOf(text),
      completed: completed === true,
    }));
    return { type: "plan", items };
  }
  if (!isComplete) return null;
  switch (item.type) {
    case "agent_message":
      return { type: "message", text: textOf(item.text) };
    case "reasoning":
      return { type: "reasoning", text: textOf(item.text) };
    case "error":
      return { type: "warning", text: textOf(item.message) };
    case "file_change":
      return {
        type: "file_change",
        changes: objectsOf(item.changes).map(({ path, kind }) => ({ path: textOf(path), kind: textOf(kind) })),
      };
    default:
      return null;
  }
};

const parseObject = (line: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const numbersOf = (value: unknown): Record<string, number> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).filter(
      (entry): entry is [string, number] => typeof entry[1] === "number" && /^[a-z_]{1,40}$/.test(entry[0]),
    ),
  );
