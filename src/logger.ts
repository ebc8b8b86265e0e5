import pino from "pino";
import { type Clock, systemClock } from "./clock.ts";
import { createFileSink } from "./file-sink.ts";

/** `err` among the fields is told with its stack and the chain of its causes. */
type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  info(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
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
 */
export const createLogger = ({ path, clock = systemClock, onFailure }: LoggerOptions): Logger => {
  const sink = createFileSink({ path, maxBytes: MAX_BYTES, keep: KEEP });
  let failing = false;
  // Of ours and synchronous: pino's own queues lines in memory, and a transport is a worker.
  const destination = {
    write(line: string) {
      try {
        sink.write(line);
        failing = false;
      } catch (error) {
        failing = true;
        onFailure(error);
      }
    },
  };
  const lines = pino(
    {
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    destination,
  );
  return {
    info: (fields, message) => lines.info(fields, message),
    error: (fields, message) => lines.error(fields, message),
    isWritable() {
      if (failing) lines.info("lines before this one were lost");
      return !failing;
    },
  };
};

export const silentLogger: Logger = { info() {}, error() {}, isWritable: () => true };
