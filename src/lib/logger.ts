import pino from "pino/browser.js";
import { errWithCause } from "pino-std-serializers";
import { type Clock, systemClock } from "./clock.ts";
import { createFileSink } from "./file-sink.ts";
import { createTickWriter } from "./tick-writer.ts";

/** `err` among the fields is told with its stack and the chain of its causes. */
type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  info(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
  /** As `info`, for what comes often: in one write with the other lines of this tick, after which it resolves. */
  infoByTick(fields: Fields, message: string): Promise<void>;
  /** Whether lines reach the file; after a failure, found out by writing that there is a gap. */
  isWritable(): boolean;
}

interface LoggerOptions {
  path: string;
  clock?: Clock;
  onFailure(error: unknown): void;
}

const MAX_BYTES = 8 * 1024 * 1024;
const KEEP = 4;

/**
 * pino's JSON lines in `path`, at most 40 MiB in all. A line that cannot be written is dropped: logging never fails
 * a request, and `onFailure` hears of it.
 *
 * It is pino's build for runtimes without Node's modules: the other loads streams, workers and a queueing writer,
 * none of which a synchronous sink of ours has a use for.
 */
export const createLogger = ({ path, clock = systemClock, onFailure }: LoggerOptions): Logger => {
  const sink = createFileSink({ path, maxBytes: MAX_BYTES, keep: KEEP });
  let failing = false;
  const writer = createTickWriter((text) => {
    try {
      sink.write(text);
      failing = false;
    } catch (error) {
      failing = true;
      onFailure(error);
    }
  });
  let line = "";
  const lines = pino({
    messageKey: "message",
    timestamp: () => clock.now().toISOString(),
    browser: {
      write: (entry: object) => {
        line = toLine(entry);
      },
    },
  });
  const lineOf = (level: "info" | "error", fields: Fields, message: string): string => {
    // Serialized here: pino's small build would do it in the caller's own object.
    lines[level](fields.err instanceof Error ? { ...fields, err: errWithCause(fields.err) } : fields, message);
    return line;
  };
  return {
    info: (fields, message) => writer.addNow(lineOf("info", fields, message)),
    error: (fields, message) => writer.addNow(lineOf("error", fields, message)),
    infoByTick: (fields, message) => writer.add(lineOf("info", fields, message)),
    isWritable() {
      if (failing) writer.addNow(lineOf("info", {}, "lines before this one were lost"));
      return !failing;
    },
  };
};

/** What JSON cannot hold, such as a bigint or a circle, costs a line its fields and not more. */
const toLine = (entry: object): string => {
  try {
    return `${JSON.stringify(entry)}\n`;
  } catch {
    const { time, level, message, trace_id, err } = entry as Fields;
    const { type, message: reason, stack } = (err ?? {}) as Record<string, unknown>;
    const plain = {
      time,
      level,
      trace_id: typeof trace_id === "string" ? trace_id : undefined,
      err: { type, message: reason, stack },
      message,
    };
    return `${JSON.stringify(plain)}\n`;
  }
};

export const silentLogger: Logger = { info() {}, error() {}, async infoByTick() {}, isWritable: () => true };
