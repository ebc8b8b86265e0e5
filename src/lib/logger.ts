import pino from "pino";
import { type Clock, systemClock } from "./clock.ts";
import { messageOf } from "./errors.ts";
import { createFileSink } from "./file-sink.ts";

/** An error goes into `err`: it is written with its stack and the chain of its causes. */
type Fields = Readonly<Record<string, unknown>>;

/** The part of pino's interface that we use, and whether its lines are written. */
export interface Logger {
  info(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
  /** Whether lines reach the file; after a failure it tries again, with a line that reports the gap. */
  isWritable(): boolean;
}

interface LoggerOptions {
  path: string;
  clock?: Clock;
  onFailure?(error: unknown): void;
}

const MAX_BYTES = 8 * 1024 * 1024;
const KEEP = 4;

/**
 * pino's JSON lines in `path`, at most 40 MiB in all. A line that cannot be written is dropped and reported to
 * `onFailure`, stderr by default: logging never fails a request.
 */
export const createLogger = ({ path, clock = systemClock, onFailure = toStderr }: LoggerOptions): Logger => {
  const sink = createFileSink({ path, maxBytes: MAX_BYTES, keep: KEEP });
  let isFailing = false;

  const write = (line: string) => {
    try {
      sink.write(line);
      isFailing = false;
    } catch (error) {
      isFailing = true;
      onFailure(error);
    }
  };
  const logger = pino(
    {
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      serializers: { err: pino.stdSerializers.errWithCause },
    },
    { write },
  );
  return {
    info: (fields, message) => logger.info(fields, message),
    error: (fields, message) => logger.error(fields, message),
    isWritable() {
      if (isFailing) logger.info("lines before this one were lost");
      return !isFailing;
    },
  };
};

const toStderr = (error: unknown) => console.error(`log write failed: ${messageOf(error)}`);

export const silentLogger: Logger = { info() {}, error() {}, isWritable: () => true };
