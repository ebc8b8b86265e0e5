import pino from "pino";
import { type Clock, systemClock } from "./clock.ts";
import { messageOf } from "./errors.ts";
import { createFileSink } from "./file-sink.ts";

/** An error goes into `err`, written with its stack and its causes. */
export type Logger = Pick<pino.Logger, "info" | "error"> & { isWritable(): boolean };

interface LoggerOptions {
  path: string;
  clock?: Clock;
  /** Hides our secrets in a line. */
  mask?(line: string): string;
  onFailure?(error: unknown): void;
}

/**
 * pino's JSON lines in `path`, at most 40 MiB in all. A line that cannot be written is dropped and reported to
 * `onFailure`, stderr by default: logging never fails a request.
 */
export const createLogger = ({
  path,
  clock = systemClock,
  mask = String,
  onFailure = (error) => console.error(`log write failed: ${messageOf(error)}`),
}: LoggerOptions): Logger => {
  const sink = createFileSink({ path, maxBytes: 8 * 1024 * 1024, keep: 4 });
  let isFailing = false;

  const write = (line: string) => {
    try {
      sink.write(mask(line));
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
  /** Whether lines reach the file; after a failure it tries again, with a line that reports the gap. */
  const isWritable = () => {
    if (isFailing) logger.info("lines before this one were lost");
    return !isFailing;
  };
  return Object.assign(logger, { isWritable });
};
