/** What happens in a run, as it happens: the body of a job's journal, its event stream and its log. */
export type RunEvent =
  | { type: "thread"; thread_id: string }
  | { type: "message"; text: string }
  | { type: "reasoning"; text: string }
  | { type: "command_started"; command: string }
  | { type: "command_finished"; command: string; exit_code: number | null; output: string }
  | { type: "file_change"; changes: { path: string; kind: string }[] }
  | { type: "plan"; items: { text: string; completed: boolean }[] }
  | { type: "usage"; usage: Record<string, number> }
  /** Not fatal: Codex goes on, for example by trying again. */
  | { type: "warning"; text: string }
  /** Fatal: the model did not finish its turn. */
  | { type: "failure"; text: string }
  /** Lines that are no event: of a program that has no event stream, or on standard error. */
  | { type: "output"; stream: "stdout" | "stderr"; text: string };

/** Applies `map` to every text that a program wrote. */
export const mapTexts = (event: RunEvent, map: (text: string) => string): RunEvent => {
  switch (event.type) {
    case "thread":
    case "usage":
      return event;
    case "message":
    case "reasoning":
    case "warning":
    case "failure":
    case "output":
      return { ...event, text: map(event.text) };
    case "command_started":
      return { ...event, command: map(event.command) };
    case "command_finished":
      return { ...event, command: map(event.command), output: map(event.output) };
    case "file_change":
      return { ...event, changes: event.changes.map(({ path, kind }) => ({ path: map(path), kind: map(kind) })) };
    case "plan":
      return { ...event, items: event.items.map(({ text, completed }) => ({ text: map(text), completed })) };
  }
};
