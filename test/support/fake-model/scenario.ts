import type { Turn } from "./turn.ts";

/** What the fake model does with one request. */
export type Step =
  | { kind: "shell"; command: string }
  | { kind: "call"; tool: string; args: string }
  | { kind: "say"; text: string; thought?: string | undefined; query?: string | undefined }
  | { kind: "error"; status: number }
  | { kind: "hang" }
  | { kind: "cut" };

interface Marker {
  name: string;
  argument: string;
}

/**
 * Reads the step from marker words in the prompt:
 * - `[[shell:COMMAND]]` and `[[patch:FILE]]` call a tool, one a request, in the order written;
 * - `[[call:NAMESPACE/TOOL JSON]]` calls any other tool;
 * - `[[think:TEXT]]` and `[[search:QUERY]]` come before the answer, in one response with it;
 * - `[[say:TEXT]]` answers TEXT; without it the answer is the last tool's output, or "pong";
 * - `[[error:STATUS]]` answers with an HTTP error, `[[hang]]` never, `[[cut]]` breaks off in the middle.
 */
export const nextStep = ({ prompt, toolOutputs }: Turn): Step => {
  const markers = parseMarkers(prompt);
  const toolCall = markers.filter(isToolCall)[toolOutputs.length];
  if (toolCall?.name === "shell") return { kind: "shell", command: toolCall.argument };
  if (toolCall?.name === "call") {
    const [tool = "", ...args] = toolCall.argument.split(" ");
    return { kind: "call", tool, args: args.join(" ") };
  }
  if (toolCall) return { kind: "shell", command: applyPatch(toolCall.argument) };

  const argumentOf = (name: string) => markers.find((marker) => marker.name === name)?.argument;
  const end = markers.find(({ name }) => ["say", "error", "hang", "cut"].includes(name));
  switch (end?.name) {
    case "error":
      return { kind: "error", status: Number(end.argument) };
    case "hang":
    case "cut":
      return { kind: end.name };
    default:
      return {
        kind: "say",
        text: end?.argument ?? toolOutputs.at(-1) ?? "pong",
        thought: argumentOf("think"),
        query: argumentOf("search"),
      };
  }
};

const parseMarkers = (prompt: string): Marker[] =>
  [...prompt.matchAll(/\[\[([a-z]+)(?::(.*?))?\]\]/gs)].map(([, name = "", argument = ""]) => ({ name, argument }));

const isToolCall = ({ name }: Marker): boolean => ["shell", "patch", "call"].includes(name);

/** Codex takes this command for its own way to edit files, and runs no shell. */
const applyPatch = (file: string): string =>
  [
    "apply_patch <<'EOF'",
    "*** Begin Patch",
    `*** Add File: ${file}`,
    "+written by the fake model",
    "*** End Patch",
    "EOF",
  ].join("\n");
