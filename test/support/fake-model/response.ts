import { randomUUID } from "node:crypto";
import type { OfferedTool } from "./turn.ts";

/** An item of a response's `output`. */
type OutputItem =
  | { type: "message"; id: string; role: "assistant"; status: string; content: TextPart[] }
  | { type: "function_call"; id: string; call_id: string; name: string; arguments: string; status: string }
  | { type: "web_search_call"; id: string; status: string; action: { type: "search"; query: string } }
  | { type: "reasoning"; id: string; summary: { type: "summary_text"; text: string }[] };

interface TextPart {
  type: "output_text";
  text: string;
  annotations: [];
}

type Event = { type: string } & Record<string, unknown>;
export type ModelResponse = ReturnType<typeof responseWith>;

const newId = (prefix: string): string => `${prefix}_${randomUUID().replaceAll("-", "")}`;

export const message = (text: string): OutputItem => ({
  type: "message",
  id: newId("msg"),
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [] }],
});

/** A call of the shell that the client offers: Codex's `exec_command`, or OpenClaw's `exec`. */
export const shellCall = (command: string, tools: OfferedTool[]): OutputItem => {
  const isCodex = tools.some(({ name }) => name === "exec_command");
  return {
    type: "function_call",
    id: newId("fc"),
    call_id: newId("call"),
    name: isCodex ? "exec_command" : "exec",
    arguments: JSON.stringify(isCodex ? { cmd: command } : { command }),
    status: "completed",
  };
};

export const responseWith = (model: string, items: OutputItem[]) => ({
  id: newId("resp"),
  object: "response",
  created_at: 0,
  status: "completed",
  model,
  output: items,
  usage: {
    input_tokens: 5,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 10,
  },
});

/** @param tool its name, behind a namespace and a slash where it has one, as Codex offers the tools of an MCP server. */
export const toolCall = (tool: string, args: string): OutputItem => {
  const [name = "", namespace] = tool.split("/").toReversed();
  const call = { id: newId("fc"), call_id: newId("call"), name, arguments: args, status: "completed" };
  return { type: "function_call", ...call, ...(namespace !== undefined && { namespace }) };
};

export const webSearch = (query: string): OutputItem => ({
  type: "web_search_call",
  id: newId("ws"),
  status: "completed",
  action: { type: "search", query },
});

export const reasoning = (text: string): OutputItem => ({
  type: "reasoning",
  id: newId("rs"),
  summary: [{ type: "summary_text", text }],
});

/** The server-sent events of a response, in the order of OpenAI's own. */
export const eventStreamOf = (response: ModelResponse): string => {
  const begun = { ...response, status: "in_progress", output: [], usage: null };
  const events: Event[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...response.output.flatMap(itemEvents),
    { type: "response.completed", response },
  ];
  return events.map(frame).join("");
};

const frame = (event: Event, sequence_number: number): string =>
  `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number })}\n\n`;

const itemEvents = (item: OutputItem, output_index: number): Event[] => [
  { type: "response.output_item.added", output_index, item: announced(item) },
  ...contentEvents(item, output_index),
  { type: "response.output_item.done", output_index, item },
];

/** The item before its content has come. */
const announced = (item: OutputItem): OutputItem => {
  if (item.type === "message") return { ...item, status: "in_progress", content: [] };
  return item.type === "function_call" ? { ...item, status: "in_progress", arguments: "" } : item;
};

const contentEvents = (item: OutputItem, output_index: number): Event[] => {
  const at = { item_id: item.id, output_index };
  if (item.type === "function_call") {
    return [
      { type: "response.function_call_arguments.delta", ...at, delta: item.arguments },
      { type: "response.function_call_arguments.done", ...at, arguments: item.arguments },
    ];
  }
  if (item.type !== "message") return [];
  return item.content.flatMap((part, content_index) => [
    { type: "response.content_part.added", ...at, content_index, part: { ...part, text: "" } },
    { type: "response.output_text.delta", ...at, content_index, delta: part.text },
    { type: "response.output_text.done", ...at, content_index, text: part.text },
    { type: "response.content_part.done", ...at, content_index, part },
  ]);
};
