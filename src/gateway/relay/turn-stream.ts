import { createParser, type EventSourceMessage } from "eventsource-parser";
import { failureOf, jsonIn } from "@/lib/http.ts";
import { type AnswerBody, EventData, isModelFailure, MAX_MESSAGE_CHARS, messageIn } from "../answer.ts";
import {
  aborted,
  completed,
  failedStream,
  type ProbeDetail,
  type StreamFailure,
  type TurnOutcome,
} from "../classify.ts";
import type { TurnDeps } from "./turn.ts";

/** Of an event: 256 KiB of the shortest lines take 30 ms. A longer one is classified by its name. */
const MAX_PARSED_BYTES = 256 * 1024;
const SHORTEST_EVENT = "data:1\n\n";
const MAX_EVENT_BYTES = 16 * 1024 * 1024;
const MAX_STREAM_BYTES = 64 * 1024 * 1024;
/** How long the gateway may take to close a stream whose result it has sent. */
const CLOSING_MS = 5000;
const MAX_CODE_CHARS = 64;
const END_MARK = Buffer.from("data: [DONE]\n\n");
const MISSING_BLANK_LINE = Buffer.from("\n\n");

/**
 * Passes whole events on, byte for byte. `response.failed` ends the stream even if the gateway keeps the connection
 * open; a stream that ends without a result gets a `response.failed` of ours. Resolves with the first event, so that an
 * earlier failure can still be answered with a status.
 * @throws what reading threw before the first event.
 */
export const createTurnStream = async (deps: TurnDeps, chunks: AsyncIterator<Uint8Array>) => {
  const { client, clock, timeouts, settle } = deps;
  const splitter = createEventSplitter();
  let totalBytes = 0;
  let created: AnswerBody | undefined;
  /** Set once the model's result has passed: then only the end of the connection is awaited. */
  let result: TurnOutcome | undefined;
  let isReading = false;
  let isAtEnd = false;

  const finish = (outcome: TurnOutcome, ...blocks: Buffer[]) => {
    settle(outcome);
    timeouts.stop();
    return { bytes: Buffer.concat(blocks), isLast: true };
  };

  /** Ends with a `response.failed` as the gateway itself would have sent it. */
  const end = (outcome: TurnOutcome, code: string, message: string, ...passed: Buffer[]) => {
    const response = {
      id: created?.id ?? `resp_${crypto.randomUUID()}`,
      object: "response",
      created_at: created?.created_at ?? Math.floor(clock.now().getTime() / 1000),
      status: "failed",
      model: created?.model ?? "openclaw",
      output: [],
      usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
      error: { code, message },
    };
    const event = `event: response.failed\ndata: ${JSON.stringify({ type: "response.failed", response })}\n\n`;
    return finish(outcome, ...passed, Buffer.from(event), END_MARK);
  };
  const fail = (kind: StreamFailure, detail: ProbeDetail, message: string, ...passed: Buffer[]) =>
    end(failedStream(kind, detail, message), `gateway_${kind}`, message, ...passed);

  const read = async (): Promise<Uint8Array> => {
    isReading = true;
    const { value } = await chunks.next();
    isReading = false;
    if (value) return value;
    if (!isAtEnd && splitter.heldBytes() > 0) {
      isAtEnd = true;
      return MISSING_BLANK_LINE;
    }
    throw Object.assign(new Error("closed before the end of the answer"), { code: "ECONNRESET" });
  };

  const next = async () => {
    const passed: Buffer[] = [];
    while (passed.length === 0) {
      const chunk = await read();
      totalBytes += chunk.length;
      for (const { bytes, type, data } of splitter.push(chunk)) {
        // The last event, cut off or only without its blank line.
        if (isAtEnd && type !== "[DONE]" && !data()) continue;
        if (type === "[DONE]" && !result) {
          return fail("cut", "unexpected_answer", "the stream ended without a result", ...passed);
        }
        passed.push(bytes);
        if (type === "[DONE]" && result) return finish(result, ...passed);
        if (type === "response.failed" || type === "error") return finish(failureIn(data()), ...passed, END_MARK);
        if (type === "response.created") created = data()?.response;
        if (type === "response.completed" || type === "response.incomplete") {
          result = resultOf(data()?.response);
          timeouts.stopIn(CLOSING_MS);
        }
      }
      if (splitter.heldBytes() > MAX_EVENT_BYTES || totalBytes > MAX_STREAM_BYTES) {
        return fail("too_large", "unexpected_answer", "the gateway's answer is too large", ...passed);
      }
    }
    return { bytes: Buffer.concat(passed), isLast: false };
  };

  /** The end of a stream that could not be read on after its first event. */
  const interrupted = (error: unknown) => {
    if (result) return finish(result, END_MARK);
    const reason = timeouts.reason();
    if (reason === "caller") return finish(aborted(200));
    if (reason === "stopping") return end(aborted(200), "service_stopping", "this service is stopping");
    if (reason) return fail("timeout", "timeout", `the gateway fell silent: ${reason} timeout`);
    const { detail, message } = failureOf(error);
    return fail("cut", detail, `the gateway cut the stream: ${message}`);
  };

  const abandon = () => void finish(result ?? aborted(200));
  // With a client that does not read, only this ends the turn and lets the next one start.
  timeouts.signal.addEventListener("abort", () => isReading || abandon(), { once: true });

  const first = await next();
  let block: typeof first | undefined = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { bytes, isLast } = block ?? (await next().catch(interrupted));
        block = undefined;
        if (bytes.length > 0) controller.enqueue(client.maskBytes(bytes));
        if (isLast) controller.close();
      },
      cancel: abandon,
    },
    { highWaterMark: 0 },
  );
};

/** 2026.2.9 sends a failure as the text of a completed response. */
const resultOf = (response: AnswerBody | undefined): TurnOutcome => {
  if (!response || !isModelFailure(response)) return completed(200);
  return failedStream("text", "upstream_model_error", messageIn(response));
};

const failureIn = (data: EventData | undefined): TurnOutcome => {
  const { code = "error", message = "" } = data?.response?.error ?? data?.error ?? data ?? {};
  const text = `${code.slice(0, MAX_CODE_CHARS)}: ${message.slice(0, MAX_MESSAGE_CHARS)}`;
  return failedStream(code === "invalid_request_error" ? "caller" : "model", "upstream_model_error", text);
};

const BLANK_LINE = /(?:\r\n|\n|\r(?!\n)){2}/g;

/** Splits server-sent events after each blank line and holds back an incomplete one. */
export const createEventSplitter = () => {
  const held = new Bun.ArrayBufferSink();
  held.start({ asUint8Array: true, stream: true });
  const parseEvent = createEventParser();
  let heldBytes = 0;
  /** The end of what is held: a blank line may span two chunks. */
  let tail = "";

  const withHeld = (bytes: Buffer): Buffer => {
    if (heldBytes === 0) return bytes;
    held.write(bytes);
    heldBytes = 0;
    return Buffer.from(held.flush() as Uint8Array<ArrayBuffer>);
  };

  return {
    heldBytes: () => heldBytes,
    push(chunk: Uint8Array) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      const text = tail + bytes.toString("latin1");
      const ends = Array.from(text.matchAll(BLANK_LINE), ({ index, 0: blank }) => index + blank.length - tail.length);
      const events = ends.map((end, at) => parseEvent(withHeld(bytes.subarray(ends[at - 1] ?? 0, end))));
      const rest = bytes.subarray(ends.at(-1) ?? 0);
      held.write(rest);
      heldBytes += rest.length;
      tail = events.length > 0 ? rest.subarray(-3).toString("latin1") : text.slice(-3);
      return events;
    },
  };
};

const createEventParser = () => {
  let events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void events.push(event) });

  /** `bytes` as received, blank line included; `type` is "[DONE]" for the end mark. */
  return (bytes: Buffer) => {
    events = [];
    if (bytes.length < SHORTEST_EVENT.length) return { bytes, type: undefined, data: () => undefined };
    parser.feed(bytes.subarray(0, MAX_PARSED_BYTES).toString("utf8"));
    // Ends what was cut, and a carriage return that a line feed might follow.
    parser.feed("\n\n");
    const { event: name, data: text = "" } = events[0] ?? {};
    const data = (): EventData | undefined => EventData.safeParse(jsonIn(text)).data;
    const type = text.trim() === "[DONE]" ? "[DONE]" : name || data()?.type;
    return { bytes, type, data };
  };
};
