import { z } from "zod";

const Tool = z.looseObject({ type: z.string(), name: z.string().optional() });
export type OfferedTool = z.infer<typeof Tool>;

const InputItem = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]).nullish(),
  output: z.unknown().optional(),
});
type InputItem = z.infer<typeof InputItem>;

/** The part of an OpenAI "Responses" request that decides the answer. */
export const ModelRequestBody = z.looseObject({
  model: z.string(),
  stream: z.boolean().default(false),
  input: z.union([z.string().transform((text): InputItem[] => [{ role: "user", content: text }]), z.array(InputItem)]),
  tools: z.array(Tool).default([]),
});
export type ModelRequestBody = z.infer<typeof ModelRequestBody>;

export interface Turn {
  /** The last message a person wrote. */
  prompt: string;
  /** What the tools called since then gave back, oldest first. */
  toolOutputs: string[];
  tools: OfferedTool[];
}

export const readTurn = (body: ModelRequestBody): Turn => {
  const at = body.input.findLastIndex((item) => item.role === "user" && !isInjected(textOf(item)));
  const prompt = body.input[at];
  return {
    prompt: prompt ? textOf(prompt) : "",
    toolOutputs: body.input
      .slice(at + 1)
      .filter(isToolOutput)
      .map(outputOf),
    tools: body.tools,
  };
};

/** Codex and OpenClaw put user messages of their own around the prompt. */
const isInjected = (text: string): boolean =>
  /^(<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>|<environment_context>|<user_instructions>|<turn_aborted>|<skills_instructions>|<permissions|# AGENTS\.md|$)/.test(
    text,
  );

const textOf = ({ content }: InputItem): string =>
  typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("\n");

const isToolOutput = (item: InputItem): boolean => item.type?.endsWith("_call_output") ?? false;

const outputOf = ({ output }: InputItem): string => (typeof output === "string" ? output : JSON.stringify(output));
