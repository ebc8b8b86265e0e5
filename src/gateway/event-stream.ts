/** Server-sent events as bytes: cut where one ends, looked into no further than needed. */

/** Field names and the first key of the data stand at the beginning of an event. */
const HEAD_BYTES = 256;

export interface StreamEvent {
  /** Its `type`: of the `event:` line, or the first key of its data; "[DONE]" for the end mark, "" when it has none. */
  type: string;
  /** Where it ends in the block, its blank line included. */
  end: number;
  /** Parses the data; undefined when it is no JSON. */
  data(): unknown;
}

/**
 * Collects chunks into whole events. An event that is cut short can then be left out: half a line, once it is sent,
 * would spoil whatever follows it.
 */
export const createEventCutter = () => {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let tail = Buffer.alloc(0);

  return {
    heldBytes: () => heldBytes,
    /** All the events that are whole now; as a rule the chunk itself. */
    push(bytes: Uint8Array): Buffer | undefined {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      // The blank line may lie across two chunks.
      const seen = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
      const cut = endOfLastEvent(seen) - tail.length;
      if (cut <= 0) {
        held.push(chunk);
        heldBytes += chunk.length;
        tail = Buffer.from(seen.subarray(-3));
        return undefined;
      }
      const ended = chunk.subarray(0, cut);
      const whole = held.length === 0 ? ended : Buffer.concat([...held, ended]);
      const rest = chunk.subarray(cut);
      held = rest.length > 0 ? [rest] : [];
      heldBytes = rest.length;
      tail = Buffer.from(rest.subarray(-3));
      return whole;
    },
  };
};

const endOfLastEvent = (bytes: Buffer): number => Math.max(endOfLast(bytes, "\n\n"), endOfLast(bytes, "\r\n\r\n"));

const endOfLast = (bytes: Buffer, separator: string): number => {
  const at = bytes.lastIndexOf(separator);
  return at === -1 ? 0 : at + separator.length;
};

/** @param block whole events, as the cutter gives them. */
export function* eventsIn(block: Buffer): Generator<StreamEvent> {
  const [findLf, findCrlf] = [endFinder(block, "\n\n"), endFinder(block, "\r\n\r\n")];
  for (let start = 0; start < block.length; ) {
    const end = Math.min(findLf(start), findCrlf(start));
    const from = start;
    yield {
      type: typeOf(block.toString("latin1", from, Math.min(end, from + HEAD_BYTES))),
      end,
      data: () => parseData(block.toString("utf8", from, end)),
    };
    start = end;
  }
}

/** Finds where the next event ends. It looks no second time at what it has seen: a stream may have only one separator. */
const endFinder = (block: Buffer, separator: string) => {
  let end = 0;
  return (start: number): number => {
    if (end <= start) {
      const at = block.indexOf(separator, start);
      end = at === -1 ? Number.POSITIVE_INFINITY : at + separator.length;
    }
    return Math.min(end, block.length);
  };
};

const typeOf = (head: string): string => {
  if (/^data: ?\[DONE\]/m.test(head)) return "[DONE]";
  return (/^event: ?([\w.]+)/m.exec(head) ?? /^data: ?\{\s*"type"\s*:\s*"([\w.]+)"/m.exec(head))?.[1] ?? "";
};

const parseData = (event: string): unknown => {
  const data = event
    .split(/\r?\n/)
    .flatMap((line) => (line.startsWith("data:") ? [line.slice(5)] : []))
    .join("\n");
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
};
