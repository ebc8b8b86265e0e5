import { expect, test } from "bun:test";
import { createEventSplitter } from "@/gateway/relay/turn-stream.ts";

const STREAM = [
  'event: response.created\ndata: {"type":"response.created"}\n\n',
  ": keep-alive\r\n\r\n",
  'data: {"sequence_number":1,"type":"response.queued"}\r\r',
  'id: 7\r\nevent:response.in_progress\ndata: {"a":\ndata: "你"}\n\r\n',
  `: ${"x".repeat(400)}\ndata: {"type":"response.failed"}\r\n\n`,
  "data: [DONE]\n\n",
];
const TYPES = [
  "response.created",
  undefined,
  "response.queued",
  "response.in_progress",
  "response.failed",
  "[DONE]",
] as const;

test("events are split after blank lines of any kind, wherever the chunks are cut", () => {
  const bytes = Buffer.from(STREAM.join(""));
  for (let cut = 0; cut <= bytes.length; cut++) {
    const splitter = createEventSplitter();
    const events = [...splitter.push(bytes.subarray(0, cut)), ...splitter.push(bytes.subarray(cut))];

    expect(events.map(({ type }) => type)).toEqual([...TYPES]);
    expect(Buffer.concat(events.map((event) => event.bytes)).equals(bytes)).toBe(true);
    expect(splitter.heldBytes()).toBe(0);
  }
});

test("events come whole from a stream of single bytes, and an incomplete one is held back", () => {
  const splitter = createEventSplitter();
  const bytes = Buffer.from(`${STREAM.join("")}event: response.out`);
  const events = Array.from(bytes, (byte) => splitter.push(Uint8Array.of(byte))).flat();

  expect(events.map(({ type }) => type)).toEqual([...TYPES]);
  expect(splitter.heldBytes()).toBe("event: response.out".length);
});

test("data over several lines is one JSON text", () => {
  const [event] = createEventSplitter().push(Buffer.from('data: {"type":"error",\r\ndata: "message":"down"}\r\n\r\n'));

  expect(event?.type).toBe("error");
  expect(event?.data()?.message).toBe("down");
});

test("data that is not JSON has no type", () => {
  expect(createEventSplitter().push(Buffer.from("data: pong\n\n"))[0]?.type).toBeUndefined();
});
