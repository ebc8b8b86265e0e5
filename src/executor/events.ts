import { attempt } from "@/lib/errors.ts";

/** What happens in a run, as it happens: the content of a job's journal, its event stream and its log. */
export type RunEvent =
  | { type: "thread"; thread_id: string }
  | { type: "message" | "reasoning"; text: string }
  | { type: "command_started"; command: string }
  | { type: "command_finished"; command: string; exit_code: number | null; output: string }
  | { type: "file_change"; changes: { path: string; kind: string }[] }
  | { type: "plan"; items: { text: string; completed: boolean }[] }
  | { type: "usage"; usage: Record<string, number> }
  /** Codex goes on after a warning, for example by trying again; after a failure the model did not finish its turn. */
  | { type: "warning" | "failure"; text: string }
  /** Lines that are no event: of a program without an event stream, or on standard error. */
  | { type: "output"; stream: "stdout" | "stderr"; text: string };

type JsonObject = Readonly<Record<string, unknown>>;

/** A thread id becomes an argument of a later run, so only a UUID is accepted: it cannot be read as an option. */
export const isThreadId = (value: unknown): value is string =>
  typeof value === "string" && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null;
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const objectsOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/**
 * One line of `codex exec --json` (shapes measured on 0.98 and 0.169).
 * @returns undefined for a line that is no event; null for an event that is not shown.
 */
export const parseCodexLine = (line: string): RunEvent | null | undefined => {
  const event: unknown = attempt(() => JSON.parse(line), undefined);
  if (!isObject(event)) return undefined;
  switch (event.type) {
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

const ITEM_EVENTS: Record<string, (item: JsonObject) => RunEvent> = {
  agent_message: ({ text }) => ({ type: "message", text: textOf(text) }),
  reasoning: ({ text }) => ({ type: "reasoning", text: textOf(text) }),
  error: ({ message }) => ({ type: "warning", text: textOf(message) }),
  command_execution: ({ command, exit_code, aggregated_output }) => ({
    type: "command_finished",
    command: textOf(command),
    exit_code: typeof exit_code === "number" ? exit_code : null,
    output: textOf(aggregated_output),
  }),
  file_change: ({ changes }) => ({
    type: "file_change",
    changes: objectsOf(changes).map(({ path, kind }) => ({ path: textOf(path), kind: textOf(kind) })),
  }),
  todo_list: ({ items }) => ({
    type: "plan",
    items: objectsOf(items).map(({ text, completed }) => ({ text: textOf(text), completed: completed === true })),
  }),
};

const parseItem = (item: JsonObject, isComplete: boolean): RunEvent | null => {
  const type = textOf(item.type);
  if (type === "command_execution" && !isComplete) return { type: "command_started", command: textOf(item.command) };
  const isShown = Object.hasOwn(ITEM_EVENTS, type) && (isComplete || type === "todo_list");
  return isShown ? (ITEM_EVENTS[type]?.(item) ?? null) : null;
};

const numbersOf = (value: unknown): Record<string, number> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).flatMap(([name, count]) =>
      typeof count === "number" && /^[a-z_]{1,40}$/.test(name) ? [[name, count]] : [],
    ),
  );

/** Applies `map` to every text that a program wrote. */
export const mapTexts = (event: RunEvent, map: (text: string) => string): RunEvent =>
  JSON.parse(JSON.stringify(event), (key, value) =>
    typeof value === "string" && !["type", "thread_id"].includes(key) ? map(value) : value,
  );
