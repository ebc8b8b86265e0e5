import pino, { type Logger } from "pino";
import { createFileSink } from "./file-sink.ts";

export type { Logger };

const MAX_BYTES = 8 * 1024 * 1024;
const KEEP = 4;

/**
 * JSON lines in `path`, at most 40 MiB in all. A line that cannot be written is dropped: logging never fails
 * a request, and `onFailure` hears of it.
 */
export const createLogger = (path: string, onFailure: (error: unknown) => void): Logger => {
  const sink = createFileSink({ path, maxBytes: MAX_BYTES, keep: KEEP });
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: "message" },
    {
      write(line: string) {
        try {
          sink.write(line);
        } catch (error) {
          onFailure(error);
        }
      },
    },
  );
};

export const silentLogger: Logger = pino({ enabled: false });
