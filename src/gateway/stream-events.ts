import { z } from "zod";
import type { Clock } from "@/lib/clock.ts";
import { isModelFailure, messageIn, toAnswerBody } from "./answer-body.ts";

const MAX_CODE_CHARS = 64;
const MAX_MESSAGE_CHARS = 200;

export const END_MARK = "data: [DONE]\n\n";

/** What an event is to the turn. */
type Role = "begin" | "success" | "failure" | "end_mark" | "other";

const roles: ReadonlyMap<string, Role> = new Map([
  ["response.created", "begin"],
  ["response.completed", "success"],
  ["response.incomplete", "success"],
  ["response.failed", "failure"],
  ["error", "failure"],
  ["[DONE]", "end_mark"],
]);

export const roleOf = (type: string): Role => roles.get(type) ?? "other";

const Begun = z.object({
  response: z.object({ id: z.string(), model: z.string(), created_at: z.number() }),
});

const Finished = z.object({ response: z.unknown() });

/** 2026.2.9 puts a failure into the words of a completed response; undefined for a response that is one. */
export const failureInWords = (data: unknown): string | undefined => {
  const body = toAnswerBody(Finished.safeParse(data).data?.response);
  return body && isModelFailure(body) ? messageIn(body).slice(0, MAX_MESSAGE_CHARS) : undefined;
};

const ErrorBody = z.object({ code: z.catch(z.string(), "error"), message: z.catch(z.string(), "") });
const Failed = z.union([
  z.pipe(
    z.object({ response: z.object({ error: ErrorBody }) }),
    z.transform(({ response }) => response.error),
  ),
  z.pipe(
    z.object({ error: ErrorBody }),
    z.transform(({ error }) => error),
  ),
  ErrorBody,
]);

export const errorIn = (data: unknown): z.infer<typeof ErrorBody> => {
  const { code, message } = Failed.safeParse(data).data ?? { code: "error", message: "" };
  return { code: code.slice(0, MAX_CODE_CHARS), message: message.slice(0, MAX_MESSAGE_CHARS) };
};

interface OwnFailure {
  /** The data of the event with which the gateway began. */
  begun: unknown;
  clock: Clock;
  code: string;
  message: string;
}

/** A `response.failed` as the gateway itself would have sent it, and the end of the stream. */
export const ownFailure = ({ begun, clock, code, message }: OwnFailure): string => {
  const named = Begun.safeParse(begun).data?.response;
  const response = {
    id: named?.id ?? `resp_${crypto.randomUUID()}`,
    object: "response",
    created_at: named?.created_at ?? Math.floor(clock.now().getTime() / 1000),
    status: "failed",
    model: named?.model ?? "openclaw",
    output: [],
    usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
    error: { code, message },
  };
  return `event: response.failed\ndata: ${JSON.stringify({ type: "response.failed", response })}\n\n${END_MARK}`;
};
