import { mediaTypeOf } from "./media-type.ts";
import type { GatewayAnswer } from "./outcome.ts";

/** What we look for in a JSON answer: a response object (`object` is "response"), or an error. */
export interface AnswerBody {
  object: string | undefined;
  status: string | undefined;
  error: { type: string | undefined; code: string | undefined; message: string | undefined } | undefined;
  totalTokens: unknown;
  /** Its words; "" when there are none. Looked for only when asked, since an answer may be long. */
  outputText(): string;
}

/** undefined for what is no JSON object. */
export const bodyOf = ({ contentType, text }: Pick<GatewayAnswer, "contentType" | "text">): AnswerBody | undefined => {
  if (mediaTypeOf(contentType) !== "application/json") return undefined;
  try {
    return toAnswerBody(JSON.parse(text));
  } catch {
    return undefined;
  }
};

/** Read by hand, since every answer waits for it: what has another shape is as good as absent. */
export const toAnswerBody = (value: unknown): AnswerBody | undefined => {
  const body = objectIn(value);
  if (body === undefined) return undefined;
  const error = objectIn(body.error);
  return {
    object: wordIn(body.object),
    status: wordIn(body.status),
    error: error && { type: wordIn(error.type), code: wordIn(error.code), message: wordIn(error.message) },
    totalTokens: objectIn(body.usage)?.total_tokens,
    outputText: () =>
      listIn(body.output)
        .flatMap((item) => listIn(objectIn(item)?.content))
        .map((part) => wordIn(objectIn(part)?.text) ?? "")
        .join(""),
  };
};

const objectIn = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const wordIn = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Whether a response object says that the model failed. */
export const isModelFailure = (body: AnswerBody): boolean => body.status === "failed" || isFailureInWords(body);

/**
 * The texts that 2026.2.9 puts in the place of an answer, under 200 and `completed`; only the tokens it did not count
 * give it away.
 */
const FAILURE_WORDS = /^(?:HTTP \d{3}\b|\d{3} |Connection error|No response from OpenClaw)/;

const isFailureInWords = (body: AnswerBody): boolean => body.totalTokens === 0 && FAILURE_WORDS.test(body.outputText());

/** The error's message, or the words of a response; "" when there are none. */
export const messageIn = (body: AnswerBody | undefined): string =>
  body === undefined ? "" : (body.error?.message ?? body.outputText());
