import { attempt } from "@/lib/errors.ts";
import { boundJson } from "@/lib/json.ts";

/** What happens in a run, as it happens: the content of a job's journal, its event stream and its log. */
export type RunEvent =
  | { type: "thread"; thread_id: string }
  | { type: "message" | "reasoning"; text: string }
  | { type: "command_started"; command: string }
  /** `status` is Codex's own word, such as `declined`; absent in journals of earlier versions. */
  | { type: "command_finished"; command: string; exit_code: number | null; output: string; status?: string }
  | { type: "file_change"; changes: { path: string; kind: string }[]; status?: string }
  | { type: "plan"; items: { text: string; completed: boolean }[] }
  /** An MCP call, a web search, a sub-agent, and whatever else Codex reports: `text` is an excerpt, or its error. */
  | { type: "item"; item_type: string; title: string; status: string; text: string }
  | { type: "usage"; usage: Record<string, number> }
  /** Codex waits for the model service; the next `retry` takes the place of this one. */
  | { type: "retry"; text: string }
  /** Codex goes on after a warning; after a failure the model did not finish its turn. */
  | { type: "warning" | "failure"; text: string }
  /** Lines that are no event: of a program without an event stream, or on standard error. */
  | { type: "output"; stream: "stdout" | "stderr"; text: string };

type JsonObject = Readonly<Record<string, unknown>>;

/** A plan of Codex has a dozen steps, a change of its files rarely a hundred. */
const LINE_BOUNDS = { values: 5000, depth: 100, steps: 300_000 };
const MAX_LISTED = 100;
/** Of the texts of a list, each of which is masked and stored. */
const MAX_LISTED_CHARS = 32_000;
const MAX_COUNTERS = 12;

/** A thread id becomes an argument of a later run, so only a UUID is accepted: it cannot be read as an option. */
export const isThreadId = (value: unknown): value is string =>
  typeof value === "string" && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null;
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const errorOf = (value: unknown): string => textOf(isObject(value) ? value.message : value);
const objectsOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The first entries of a list, and one whose `name` says how many more there are. */
const listOf = <Entry extends object>(value: unknown, name: string, toEntry: (item: JsonObject) => Entry): Entry[] => {
  const all = objectsOf(value);
  const listed: Entry[] = [];
  for (let chars = 0; listed.length < Math.min(all.length, MAX_LISTED) && chars < MAX_LISTED_CHARS; ) {
    const entry = toEntry(all[listed.length] ?? {});
    for (const text of Object.values(entry)) if (typeof text === "string") chars += text.length;
    listed.push(entry);
  }
  const left = all.length - listed.length;
  return left > 0 ? [...listed, toEntry({ [name]: `... and ${left} more` })] : listed;
};

/**
 * One line of `codex exec --json` (shapes measured on 0.98, 0.169 and 0.171).
 * @returns undefined for a line that is no event; null for an event that is not shown.
 */
export const parseCodexLine = (line: string): RunEvent | null | undefined => {
  const event: unknown = attempt(() => JSON.parse(boundJson(line, LINE_BOUNDS)), undefined);
  if (!isObject(event)) return undefined;
  switch (event.type) {
    case "thread.started":
      return isThreadId(event.thread_id) ? { type: "thread", thread_id: event.thread_id } : null;
    case "turn.completed":
      return { type: "usage", usage: numbersOf(event.usage) };
    case "turn.failed":
      return { type: "failure", text: errorOf(event.error) };
    case "error":
      return { type: RETRY.test(textOf(event.message)) ? "retry" : "warning", text: textOf(event.message) };
    case "item.started":
    case "item.updated":
    case "item.completed":
      return isObject(event.item) ? parseItem(event.item, event.type) : null;
    case "turn.started":
      return null;
    default:
      return undefined;
  }
};

/** Codex 0.98 to 0.171: "Reconnecting... 2/5 (<why>)", "Reconnecting... waiting for network (<why>)". */
const RETRY = /^Reconnecting\.\.\./;

const ITEM_EVENTS: Record<string, (item: JsonObject) => RunEvent> = {
  agent_message: ({ text }) => ({ type: "message", text: textOf(text) }),
  reasoning: ({ text }) => ({ type: "reasoning", text: textOf(text) }),
  error: ({ message }) => ({ type: "warning", text: textOf(message) }),
  command_execution: ({ command, exit_code, aggregated_output, status }) => ({
    type: "command_finished",
    command: textOf(command),
    exit_code: typeof exit_code === "number" ? exit_code : null,
    output: textOf(aggregated_output),
    status: textOf(status),
  }),
  file_change: ({ changes, status }) => ({
    type: "file_change",
    changes: listOf(changes, "path", ({ path, kind }) => ({ path: textOf(path), kind: textOf(kind) })),
    status: textOf(status),
  }),
  todo_list: ({ items }) => ({
    type: "plan",
    items: listOf(items, "text", ({ text, completed }) => ({ text: textOf(text), completed: completed === true })),
  }),
};

/** The titles of items of these types; others have only an excerpt. */
const ITEM_TITLES: Record<string, (item: JsonObject) => string> = {
  mcp_tool_call: ({ server, tool }) => `${textOf(server)}.${textOf(tool)}`,
  web_search: ({ query }) => textOf(query),
  collab_tool_call: ({ tool }) => textOf(tool),
};

/** The rest of an item: its error, or its request and result. */
const excerptOfItem = ({ id: _id, type, status: _status, error, ...rest }: JsonObject): string => {
  const failure = errorOf(error);
  if (failure !== "") return failure;
  if (type === "web_search") return "";
  if (type === "collab_tool_call") {
    const answers = objectsOf(Object.values(rest.agents_states ?? {})).map(errorOf);
    return [textOf(rest.prompt), ...answers].filter(Boolean).join("\n");
  }
  const { server: _server, tool: _tool, ...call } = rest;
  const shown = Object.entries(type === "mcp_tool_call" ? call : rest).filter(([, value]) => value !== null);
  return shown.length === 0 ? "" : JSON.stringify(Object.fromEntries(shown));
};

const parseItem = (item: JsonObject, event: string): RunEvent | null => {
  const type = textOf(item.type);
  const isComplete = event === "item.completed";
  if (Object.hasOwn(ITEM_EVENTS, type)) {
    if (type === "command_execution" && !isComplete) return { type: "command_started", command: textOf(item.command) };
    return isComplete || type === "todo_list" ? (ITEM_EVENTS[type]?.(item) ?? null) : null;
  }
  if (event === "item.updated") return null;
  const title = Object.hasOwn(ITEM_TITLES, type) ? (ITEM_TITLES[type]?.(item) ?? "") : "";
  const status = textOf(item.status) || (isComplete ? "completed" : "in_progress");
  return { type: "item", item_type: type, title, status, text: excerptOfItem(item) };
};

const numbersOf = (value: unknown): Record<string, number> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {})
      .flatMap(([name, count]) => (typeof count === "number" && /^[a-z_]{1,40}$/.test(name) ? [[name, count]] : []))
      .slice(0, MAX_COUNTERS),
  );

/** Applies `map` to every text that a program wrote. */
export const mapTexts = (event: RunEvent, map: (text: string) => string): RunEvent => {
  const mapIn = (value: unknown): unknown => {
    if (typeof value === "string") return map(value);
    if (Array.isArray(value)) return value.map(mapIn);
    if (!isObject(value)) return value;
    const fields = Object.entries(value);
    return Object.fromEntries(fields.map(([key, field]) => [key, NAMES.includes(key) ? field : mapIn(field)]));
  };
  return mapIn(event) as RunEvent;
};

const NAMES = ["type", "thread_id"];
