import { createBoundedText, headOf, join } from "./bounded-text.ts";
import { parseCodexLine } from "./codex-events.ts";
import { excerpt } from "./excerpt.ts";
import { createLineReader } from "./line-reader.ts";
import type { Redactor } from "./redact.ts";
import { mapTexts, type RunEvent } from "./run-event.ts";

/** The contract's: the most that a job keeps of its output, in code points. */
const MAX_RESULT_CHARS = 12_000;
/** The most of one text in an event, in code points. */
const MAX_EVENT_TEXT_CHARS = 8_000;
/** What masking may look at beyond a cut. */
const MASK_MARGIN_CHARS = 4_000;
/** The most of plain output that becomes events: the rest would only push a journal over its bound. */
const MAX_PLAIN_CHARS = 256 * 1024;

interface OutputOptions {
  redact: Redactor;
  /** Gets every event, masked and bounded, as it happens. */
  onEvent(event: RunEvent): void;
  onThread(threadId: string): void;
}

export interface OutputSummary {
  /** Codex's final message when there is one, else all that was written; bounded and masked. */
  resultText: string;
  threadId: string | undefined;
  usage: Record<string, number> | undefined;
  /** What Codex said of a turn that failed; masked. */
  failure: string | undefined;
  /** A command failed because its sandbox could not be set up, which Codex itself does not call a failure. */
  sandboxFailed: boolean;
}

/** What bubblewrap and the kernel say where user namespaces are not to be had. */
const SANDBOX_FAULT = /\bbwrap: |creating new namespace|user namespaces|landlock/i;

/** Follows a run's output: passes on what happens, and keeps no more than the summary needs. */
export const createOutput = ({ redact, onEvent, onThread }: OutputOptions) => {
  const stdout = createBoundedText(MAX_RESULT_CHARS + MASK_MARGIN_CHARS);
  const stderr = createBoundedText(MAX_RESULT_CHARS + MASK_MARGIN_CHARS);
  const shorten = (text: string) =>
    excerpt(headOf(text, MAX_EVENT_TEXT_CHARS + MASK_MARGIN_CHARS), MAX_EVENT_TEXT_CHARS, redact);
  let finalMessage: string | undefined;
  let threadId: string | undefined;
  let usage: Record<string, number> | undefined;
  let failure: string | undefined;
  let sandboxFailed = false;

  const note = (event: RunEvent) => {
    if (event.type === "message") finalMessage = event.text;
    if (event.type === "usage") usage = event.usage;
    if (event.type === "command_finished" && event.exit_code !== 0) sandboxFailed ||= SANDBOX_FAULT.test(event.output);
    if (event.type === "failure") failure = shorten(event.text);
    if (event.type === "thread") {
      threadId = event.thread_id;
      onThread(threadId);
    }
    onEvent(mapTexts(event, shorten));
  };

  let plainChars = 0;
  const wantsPlain = () => plainChars <= MAX_PLAIN_CHARS;
  const stdoutPlain = createBatch((text) => onEvent({ type: "output", stream: "stdout", text: shorten(text) }));
  const stderrPlain = createBatch((text) => onEvent({ type: "output", stream: "stderr", text: shorten(text) }));
  const addPlain = (batch: Batch, line: string) => {
    batch.add(line);
    plainChars += line.length + 1;
    if (wantsPlain()) return;
    batch.flush();
    onEvent({ type: "warning", text: "further output is not kept" });
  };

  const stdoutLines = createLineReader({
    wantsPlain,
    onLine(line) {
      const event = line.startsWith("{") ? parseCodexLine(line) : undefined;
      if (event === null) return;
      if (event === undefined) return wantsPlain() ? addPlain(stdoutPlain, line) : undefined;
      stdoutPlain.flush();
      note(event);
    },
  });
  const stderrLines = createLineReader({
    wantsPlain,
    onLine: (line) => (wantsPlain() ? addPlain(stderrPlain, line) : undefined),
  });

  return {
    onStdout(chunk: Uint8Array) {
      stdout.append(chunk);
      stdoutLines.append(chunk);
      stdoutPlain.flush();
    },
    onStderr(chunk: Uint8Array) {
      stderr.append(chunk);
      stderrLines.append(chunk);
      stderrPlain.flush();
    },
    finish(): OutputSummary {
      stdoutLines.finish();
      stdoutPlain.flush();
      stderrLines.finish();
      stderrPlain.flush();
      const text = finalMessage === undefined ? join(stdout.read(), stderr.read()) : headOf(finalMessage);
      return { resultText: excerpt(text, MAX_RESULT_CHARS, redact), threadId, usage, failure, sandboxFailed };
    },
  };
};

type Batch = ReturnType<typeof createBatch>;

/** Lines that came together make one event, as long as it can show them whole. */
const createBatch = (emit: (text: string) => void) => {
  let text: string | undefined;
  const flush = () => {
    if (text !== undefined) emit(text);
    text = undefined;
  };
  return {
    add(line: string) {
      if (text !== undefined && text.length + line.length >= MAX_EVENT_TEXT_CHARS) flush();
      text = text === undefined ? line : `${text}\n${line}`;
    },
    flush,
  };
};
