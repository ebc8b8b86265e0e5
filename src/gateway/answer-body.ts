import * as z from "zod/mini";
import { mediaTypeOf } from "./media-type.ts";
import type { GatewayAnswer } from "./outcome.ts";

/** What has another shape is as good as absent. */
const maybe = <Schema extends z.core.$ZodType>(schema: Schema) => z.catch(z.optional(schema), undefined);
const word = maybe(z.string());

/** What we look for in a JSON answer: a response object (`object` is "response"), or an error. */
const AnswerBody = z.object({
  object: word,
  status: word,
  error: maybe(z.object({ type: word, code: word, message: word })),
  usage: maybe(z.object({ total_tokens: z.optional(z.number()) })),
  output: maybe(z.array(z.object({ content: maybe(z.array(z.object({ text: word }))) }))),
});
export type AnswerBody = z.infer<typeof AnswerBody>;

/** undefined for what is no JSON object. */
export const bodyOf = ({ contentType, text }: Pick<GatewayAnswer, "contentType" | "text">): AnswerBody | undefined => {
  if (mediaTypeOf(contentType) !== "application/json") return undefined;
  try {
    return toAnswerBody(JSON.parse(text));
  } catch {
    return undefined;
  }
};

export const toAnswerBody = (value: unknown): AnswerBody | undefined => AnswerBody.safeParse(value).data;

/** Whether a response object says that the model failed. */
export const isModelFailure = (body: AnswerBody): boolean => body.status === "failed" || isFailureInWords(body);

/**
 * The texts that 2026.2.9 puts in the place of an answer, under 200 and `completed`; only the tokens it did not count
 * give it away.
 */
const FAILURE_WORDS = /^(?:HTTP \d{3}\b|\d{3} |Connection error|No response from OpenClaw)/;

const isFailureInWords = (body: AnswerBody): boolean =>
  body.usage?.total_tokens === 0 && FAILURE_WORDS.test(outputText(body));

const outputText = ({ output }: AnswerBody): string =>
  output?.flatMap((item) => item.content?.map((part) => part.text ?? "") ?? []).join("") ?? "";

/** The error's message, or the words of a response; "" when there are none. */
export const messageIn = (body: AnswerBody | undefined): string =>
  body === undefined ? "" : (body.error?.message ?? outputText(body));
