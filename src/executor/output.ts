import { mapTexts, parseCodexLine, type RunEvent } from "./codex/events.ts";
import { sandboxFailureIn } from "./codex/failures.ts";
import { STARTS_SENTENCE, sentenceOf } from "./codex/faults.ts";
import { countedOnly, excerpt, extendHead, headOf, isFull, noText, type TextHead } from "./excerpt.ts";
import { createLineSplitter, EVENT_START } from "./lines.ts";
import type { Redactor } from "./redact.ts";
import type { RunFigures } from "./run.ts";

/** The contract's: the most that a job keeps of its output, in code points. */
export const MAX_RESULT_CHARS = 12_000;
/** The contract's, of a run without a result. */
export const NO_RESULT = "(empty)";
/** The most of one text in an event, in code points. */
const MAX_EVENT_TEXT_CHARS = 8_000;
/** Of an item that is only excerpted, and of what was said last. */
const MAX_EXCERPT_CHARS = 1_000;
/** Of the end of standard error, where a program says why it gives up. */
const MAX_LAST_WORDS_BYTES = 8 * 1024;
/** The most of plain output that becomes events: the rest would only push a journal over its bound. */
const MAX_PLAIN_CHARS = 256 * 1024;

const ITEM = /^\{"type":\s*"item\./;
const TURN_START = /^\{"type":\s*"turn\.started"/;

interface OutputOptions {
  redact: Redactor;
  /** Receives every event, masked and bounded, as it happens. */
  onEvent(event: RunEvent): void;
  /** Called when a turn of the model begins or has ended: then only a further one changes anything. */
  onTurn(hasEnded: boolean): void;
}

/** Reads a run's output: emits events line by line, and keeps no more than the summary needs. */
export const createOutput = ({ redact, onEvent, onTurn }: OutputOptions) => {
  const shortenTo = (limit: number) => (text: string) => excerpt(headOf(text), limit, redact);
  const shorten = shortenTo(MAX_EVENT_TEXT_CHARS);
  const shortenItem = shortenTo(MAX_EXCERPT_CHARS);
  const beginningOf = (text: string) => extendHead(noText, headOf(text), MAX_EXCERPT_CHARS).kept;
  const extendResult = (head: TextHead, added: TextHead) => extendHead(head, added, MAX_RESULT_CHARS);
  let lastMessage = NO_RESULT;
  /** The last message of each kind: of a failed turn, of one that may go on, of a failed item, and other warnings. */
  const said = { failure: "", error: "", item: "", note: "" };
  let lastWords = Buffer.alloc(0);
  const found: Pick<RunFigures, "threadId" | "usage" | "sandboxFailure"> = {
    threadId: undefined,
    usage: undefined,
    sandboxFailure: "",
  };
  /** Of its event stream; undefined for a program that has none. */
  let turn: "completed" | "failed" | "unfinished" | undefined;

  const endTurn = (end: "completed" | "failed") => {
    if (turn !== "unfinished") return;
    turn = end;
    onTurn(true);
  };
  const startTurn = () => {
    turn = "unfinished";
    said.failure = "";
    onTurn(false);
  };

  const takeEvent = (event: RunEvent, isItem: boolean) => {
    // What comes after a retry shows that Codex has gone on.
    if (isItem && said.error.startsWith("Reconnecting")) said.error = "";
    switch (event.type) {
      case "message":
        if (event.text.trim() !== "") lastMessage = event.text;
        break;
      case "retry":
      case "warning":
        said[isItem ? "note" : "error"] = beginningOf(event.text);
        break;
      case "item":
        if (event.status === "failed") said.item = beginningOf(event.text);
        break;
      case "failure":
        said.failure = beginningOf(event.text);
        endTurn("failed");
        break;
      case "usage":
        found.usage = event.usage;
        endTurn("completed");
        break;
      case "command_finished":
        if (event.exit_code !== 0) found.sandboxFailure ||= shortenItem(sandboxFailureIn(event.output));
        break;
      case "thread":
        if (found.threadId !== undefined) return;
        found.threadId = event.thread_id;
    }
    onEvent(mapTexts(event, event.type === "item" ? shortenItem : shorten));
  };

  /** What standard error ends with; its first line may be a part of one. */
  const errorSentence = (): string => {
    const text = lastWords.toString();
    const isCut = lastWords.length === MAX_LAST_WORDS_BYTES;
    return sentenceOf(redact(isCut ? text.slice(text.indexOf("\n") + 1) : text));
  };
  /** What was said last of why it failed, and what else may explain it; "" if nothing. */
  const lastSaid = () => {
    const written = errorSentence();
    const fatal = STARTS_SENTENCE.test(written) ? written : "";
    const oneLine = (...texts: string[]) => shortenItem((texts.find((text) => text !== "") ?? "").replace(/\s+/g, " "));
    return {
      cause: oneLine(said.failure, fatal, said.error),
      remark: oneLine(said.item, written, said.note),
    };
  };

  let plainChars = 0;
  const wantsPlain = () => plainChars <= MAX_PLAIN_CHARS;
  const createStream = (stream: "stdout" | "stderr") => {
    const decoder = new TextDecoder();
    let head = noText;
    /** Plain lines that came together make one event, as long as it can show them whole. */
    let batch: string | undefined;

    const flush = () => {
      if (batch?.trim()) onEvent({ type: "output", stream, text: shorten(batch) });
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
      const event = stream === "stdout" && line.startsWith(EVENT_START) ? parseCodexLine(line) : undefined;
      if (event === undefined) return takePlainLine(line);
      turn ??= "unfinished";
      if (TURN_START.test(line)) startTurn();
      if (event === null) return;
      flush();
      takeEvent(event, ITEM.test(line));
    };
    const lines = createLineSplitter(onLine, wantsPlain);
    const extend = (text: string) => {
      // Blanks before the first word do not count; before the first word of stderr they may follow stdout.
      const counted = stream === "stdout" && head.length === 0 ? text.trimStart() : text;
      head = extendResult(head, headOf(counted));
    };

    return {
      append(chunk: Uint8Array) {
        if (isFull(head, MAX_RESULT_CHARS)) head = extendResult(head, countedOnly(chunk));
        else extend(decoder.decode(chunk, { stream: true }));
        if (stream === "stderr") {
          const end = chunk.subarray(-MAX_LAST_WORDS_BYTES);
          lastWords = Buffer.concat([lastWords, end]).subarray(-MAX_LAST_WORDS_BYTES);
        }
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
  const streams = { stdout: createStream("stdout"), stderr: createStream("stderr") };

  return {
    append: (stream: "stdout" | "stderr", chunk: Uint8Array) => streams[stream].append(chunk),
    /** All texts are bounded and masked. */
    finish() {
      const heads = [streams.stdout.finish(), streams.stderr.finish()].filter(({ length }) => length > 0);
      // The predecessor's way to join them.
      const written = heads.reduce((first, second) => extendResult(extendResult(first, headOf("\n")), second), noText);
      const result = turn === undefined ? written : headOf(lastMessage);
      const said = lastSaid();
      found.sandboxFailure ||= shortenItem(sandboxFailureIn(said.cause));
      /** Codex's last message that is not empty; of a program without events all that it wrote. */
      const resultText = excerpt(result, MAX_RESULT_CHARS, redact);
      return { resultText, turn, ...said, ...found };
    },
  };
};

export type OutputSummary = ReturnType<ReturnType<typeof createOutput>["finish"]>;
