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
/** pino's numbers, which the tools that read such lines know. */
const INFO = 30;
const ERROR = 50;

/**
 * JSON lines in `path`, at most 40 MiB in all. A line that cannot be written is dropped: logging never fails
 * a request, and `onFailure` hears of it.
 */
export const createLogger = ({ path, clock = systemClock, onFailure }: LoggerOptions): Logger => {
  const sink = createFileSink({ path, maxBytes: MAX_BYTES, keep: KEEP });
  let failing = false;
  const write = (level: number, { err, ...fields }: Fields, message: string) => {
    const told = err === undefined ? fields : { ...fields, err: describe(err) };
    try {
      sink.write(`${JSON.stringify({ level, time: clock.now().toISOString(), ...told, message })}\n`);
      failing = false;
    } catch (error) {
      failing = true;
      onFailure(error);
    }
  };
  return {
    info: (fields, message) => write(INFO, fields, message),
    error: (fields, message) => write(ERROR, fields, message),
    isWritable() {
      if (failing) write(INFO, {}, "lines before this one were lost");
      return !failing;
    },
  };
};

export const silentLogger: Logger = { info() {}, error() {}, isWritable: () => true };

const describe = (thrown: unknown): object => {
  if (!(thrown instanceof Error)) return { message: String(thrown) };
  const { name, message, stack, cause, ...own } = thrown;
  return { ...own, type: name, message, stack, ...(cause !== undefined && { cause: describe(cause) }) };
};
