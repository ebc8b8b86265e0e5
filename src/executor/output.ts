import { mapTexts, parseCodexLine, type RunEvent } from "./events.ts";
import { countedOnly, excerpt, extendHead, headOf, isFull, noText, type TextHead } from "./excerpt.ts";
import { isSandboxFailure } from "./failures.ts";
import type { Redactor } from "./redact.ts";
import type { RunFigures } from "./run.ts";

/** The contract's: the most that a job keeps of its output, in code points. */
const MAX_RESULT_CHARS = 12_000;
/** The most of one text in an event, in code points. */
const MAX_EVENT_TEXT_CHARS = 8_000;
/** The most of plain output that becomes events: the rest would only push a journal over its bound. */
const MAX_PLAIN_CHARS = 256 * 1024;
/** An event may carry a command's whole output (Codex cuts that at about 1 MiB, JSON may double it). */
const MAX_EVENT_LINE_BYTES = 4 * 1024 * 1024;
const MAX_PLAIN_LINE_BYTES = 16 * 1024;

const LINE_BREAK = 0x0a;
/** How each line of Codex's event stream begins. */
const EVENT_START = Buffer.from('{"type":');
const NEXT_EVENT = Buffer.from('\n{"type":');

interface OutputOptions {
  redact: Redactor;
  /** Receives every event, masked and bounded, as it happens. */
  onEvent(event: RunEvent): void;
  onThread(threadId: string): void;
}

export interface OutputSummary extends Pick<RunFigures, "threadId" | "usage" | "sandboxFailed"> {
  /** Codex's final message when there is one, else all that was written; bounded and masked. */
  resultText: string;
  /** What Codex said of a turn that failed; masked. */
  failure: string | undefined;
}

/** Reads a run's output: emits events line by line, and keeps no more than the summary needs. */
export const createOutput = ({ redact, onEvent, onThread }: OutputOptions) => {
  const shorten = (text: string) => excerpt(headOf(text), MAX_EVENT_TEXT_CHARS, redact);
  let finalMessage: string | undefined;
  let threadId: OutputSummary["threadId"];
  let usage: OutputSummary["usage"];
  let failure: OutputSummary["failure"];
  let sandboxFailed = false;

  const takeEvent = (event: RunEvent) => {
    if (event.type === "message") finalMessage = event.text;
    if (event.type === "usage") usage = event.usage;
    if (event.type === "command_finished" && event.exit_code !== 0) sandboxFailed ||= isSandboxFailure(event.output);
    if (event.type === "failure") failure = shorten(event.text);
    if (event.type === "thread") {
      threadId = event.thread_id;
      onThread(threadId);
    }
    onEvent(mapTexts(event, shorten));
  };

  let plainChars = 0;
  const wantsPlain = () => plainChars <= MAX_PLAIN_CHARS;
  const createStream = (stream: "stdout" | "stderr") => {
    const decoder = new TextDecoder();
    let head = noText;
    /** Plain lines that came together make one event, as long as it can show them whole. */
    let batch: string | undefined;

    const flush = () => {
      if (batch !== undefined) onEvent({ type: "output", stream, text: shorten(batch) });
      batch = undefined;
    };
    const takePlainLine = (line: string) => {
      if (!wantsPlain()) return;
      if (batch !== undefined && batch.length + line.length >= MAX_EVENT_TEXT_CHARS) flush();
      batch = batch === undefined ? line : `${batch}\n${line}`;
      plainChars += line.length + 1;
      if (wantsPlain()) return;
      flush();
      onEvent({ type: "warning", text: "further output is not kept" });
    };
    const onLine = (line: string) => {
      const event = stream === "stdout" && line.startsWith("{") ? parseCodexLine(line) : undefined;
      if (event === undefined) return takePlainLine(line);
      if (event === null) return;
      flush();
      takeEvent(event);
    };
    const lines = createLineSplitter({ onLine, wantsPlain });
    const extend = (text: string) => {
      // Blanks before the first word do not count; before the first word of stderr they may follow stdout.
      const counted = stream === "stdout" && head.length === 0 ? text.trimStart() : text;
      head = extendHead(head, headOf(counted), MAX_RESULT_CHARS);
    };

    return {
      append(chunk: Uint8Array) {
        if (isFull(head, MAX_RESULT_CHARS)) head = extendHead(head, countedOnly(chunk), MAX_RESULT_CHARS);
        else extend(decoder.decode(chunk, { stream: true }));
        lines.append(chunk);
        flush();
      },
      finish(): TextHead {
        extend(decoder.decode());
        lines.finish();
        flush();
        return head;
      },
    };
  };
  const stdout = createStream("stdout");
  const stderr = createStream("stderr");

  return {
    onStdout: stdout.append,
    onStderr: stderr.append,
    finish(): OutputSummary {
      const heads = [stdout.finish(), stderr.finish()].filter(({ length }) => length > 0);
      const written = heads.reduce(joinLines, noText);
      const resultText = excerpt(finalMessage === undefined ? written : headOf(finalMessage), MAX_RESULT_CHARS, redact);
      return { resultText, threadId, usage, failure, sandboxFailed };
    },
  };
};

/** The predecessor's way to join stdout and stderr. */
const joinLines = (first: TextHead, second: TextHead): TextHead =>
  extendHead(extendHead(first, headOf("\n"), MAX_RESULT_CHARS), second, MAX_RESULT_CHARS);

interface LineSplitterOptions {
  onLine(line: string): void;
  /** False when only events are still wanted. */
  wantsPlain(): boolean;
}

/** Splits bytes into lines of bounded length. Only wanted lines are decoded: see `countedOnly`. */
const createLineSplitter = ({ onLine, wantsPlain }: LineSplitterOptions) => {
  let line = Buffer.alloc(0);
  let isCut = false;

  const extend = (part: Buffer) => {
    if (isCut) return;
    line = Buffer.concat([line, part]);
    isCut = line.length > (isEvent(line) ? MAX_EVENT_LINE_BYTES : MAX_PLAIN_LINE_BYTES);
    if (isCut) line = line.subarray(0, MAX_PLAIN_LINE_BYTES);
  };
  const end = () => {
    // A cut may leave a part of a character.
    const text = isCut ? `${line.toString().replace(/\ufffd$/, "")}…` : line.toString();
    if (wantsPlain() || isEvent(line)) onLine(text);
    line = Buffer.alloc(0);
    isCut = false;
  };

  return {
    append(chunk: Uint8Array) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let from = 0;
      for (let at = bytes.indexOf(LINE_BREAK); at >= 0; at = bytes.indexOf(LINE_BREAK, from)) {
        extend(bytes.subarray(from, at));
        end();
        from = wantsPlain() ? at + 1 : nextEvent(bytes, at);
      }
      extend(bytes.subarray(from));
    },
    /** The last line may lack its line break. */
    finish() {
      if (line.length > 0) end();
    },
  };
};

const isEvent = (line: Buffer): boolean => line.subarray(0, EVENT_START.length).equals(EVENT_START);

/** After a line break: where the next event begins, or the last line, which may become one. */
const nextEvent = (bytes: Buffer, lineBreak: number): number => {
  const found = bytes.indexOf(NEXT_EVENT, lineBreak);
  return (found >= 0 ? found : bytes.lastIndexOf(LINE_BREAK)) + 1;
};
