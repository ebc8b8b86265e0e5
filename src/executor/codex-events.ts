/** What `codex exec --json` tells of a run, as far as a job keeps it (facts: one JSON object a line). */
export interface CodexRun {
  /** False for a program that does not speak the event stream. */
  isEventStream: boolean;
  threadId: string | undefined;
  /** The last `agent_message`. */
  finalMessage: string | undefined;
  /** Message of `turn.failed`, the one event that is fatal. */
  failure: string | undefined;
  /** Token counts of the last `turn.completed`. */
  usage: Record<string, number> | undefined;
}

/** A line longer than this is skipped; Codex cuts command output at about 1 MiB. */
const MAX_LINE_CHARS = 4 * 1024 * 1024;

/** Reads the event stream as it comes; anything that is not an event is passed over. */
export const createCodexEventReader = ({ onThread }: { onThread: (threadId: string) => void }) => {
  const decoder = new TextDecoder();
  const run: CodexRun = {
    isEventStream: false,
    threadId: undefined,
    finalMessage: undefined,
    failure: undefined,
    usage: undefined,
  };
  let line = "";
  let skipping = false;

  const take = (text: string) => {
    // A line that is no object is not worth keeping: a program may write gigabytes without a line break.
    skipping ||= line === "" && text !== "" && !text.startsWith("{");
    if (skipping) return;
    line += text;
    skipping = line.length > MAX_LINE_CHARS;
    if (skipping) line = "";
  };

  const endLine = () => {
    if (!skipping && line !== "") {
      const threadId = run.threadId;
      apply(run, parseEvent(line));
      if (run.threadId !== undefined && run.threadId !== threadId) onThread(run.threadId);
    }
    line = "";
    skipping = false;
  };

  const push = (text: string) => {
    let from = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      take(text.slice(from, end));
      endLine();
      from = end + 1;
    }
    take(text.slice(from));
  };

  return {
    append: (chunk: Uint8Array) => push(decoder.decode(chunk, { stream: true })),
    finish(): CodexRun {
      push(decoder.decode());
      endLine();
      return run;
    },
  };
};

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null;

const parseEvent = (line: string): JsonObject => {
  try {
    const event: unknown = JSON.parse(line);
    return isObject(event) ? event : {};
  } catch {
    return {};
  }
};

const apply = (run: CodexRun, event: JsonObject) => {
  switch (event.type) {
    case "thread.started":
      run.isEventStream = true;
      if (typeof event.thread_id === "string") run.threadId = event.thread_id;
      break;
    case "item.completed":
      if (isObject(event.item) && event.item.type === "agent_message" && typeof event.item.text === "string") {
        run.finalMessage = event.item.text;
      }
      break;
    case "turn.completed":
      if (isObject(event.usage)) run.usage = numbersOf(event.usage);
      break;
    case "turn.failed":
      run.failure = isObject(event.error) && typeof event.error.message === "string" ? event.error.message : "";
      break;
  }
};

const numbersOf = (object: JsonObject): Record<string, number> =>
  Object.fromEntries(Object.entries(object).filter((entry): entry is [string, number] => typeof entry[1] === "number"));
