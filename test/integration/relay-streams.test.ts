import { describe, expect, test } from "bun:test";
import {
  COMPLETED,
  CREATED,
  delta,
  END_MARK,
  event,
  type GatewayRequest,
  STREAM_HEAD,
  startFakeGateway,
} from "@test/support/fake-gateway.ts";
import { startRelay } from "@test/support/relay.ts";

/** What a turn is recorded as, and what its client gets, of a stream that ends with its connection. */
const outcomeOf = async (stream: string, send?: (request: GatewayRequest) => unknown) => {
  await using gateway = await startFakeGateway(send ?? (({ socket }) => socket.end(STREAM_HEAD + stream)));
  await using relay = startRelay({ gateway });
  const response = await relay.turn();
  const text = await response.text();
  return { status: response.status, text, outcome: relay.view().last_turn?.outcome };
};

const TURN = CREATED + delta("你好") + COMPLETED + END_MARK;
const withEnds = (end: string) => TURN.replaceAll("\n", end);
const [CREATED_JSON = "", COMPLETED_JSON = ""] = [CREATED, COMPLETED].map((text) => /data: (.*)/.exec(text)?.[1] ?? "");
/** The same object with its `type` behind all else. */
const typeLast = (json: string) => {
  const { type, ...rest } = JSON.parse(json);
  return JSON.stringify({ ...rest, type });
};
const alternating = () => {
  const ends = ["\r\n", "\n", "\r"];
  let at = 0;
  return TURN.replaceAll("\n", () => ends[at++ % ends.length] ?? "");
};

const streams: Record<string, string> = {
  "line feeds": TURN,
  "carriage returns and line feeds": withEnds("\r\n"),
  "carriage returns alone": withEnds("\r"),
  "all three, one after the other": alternating(),
  "a byte order mark first": `\ufeff${TURN}`,
  "a byte order mark, and no event but by its type": `\ufeffdata: ${CREATED_JSON}\n\ndata: ${COMPLETED_JSON}\n\n${END_MARK}`,
  "types behind all else and no names": `data: ${typeLast(CREATED_JSON)}\n\ndata: ${typeLast(COMPLETED_JSON)}\n\n${END_MARK}`,
  "names alone, without types": `event: response.created\ndata: {"response":{"id":"resp_1"}}\n\nevent: response.completed\ndata: {"response":{"object":"response","status":"completed"}}\n\n${END_MARK}`,
  "names behind the data": `data: ${CREATED_JSON}\nevent: response.created\n\ndata: {"response":{}}\nevent: response.completed\n\n${END_MARK}`,
  "the last of two names": `event: error\nevent: response.completed\ndata: {"response":{}}\n\n${END_MARK}`,
  "no space after the colon": TURN.replaceAll(": {", ":{").replaceAll("event: ", "event:").replace("data: [", "data:["),
  "comments of 300 and of 100,000 characters": `: ${"x".repeat(300)}\n\n:${"y".repeat(100_000)}\n${TURN}`,
  "keep-alive comments, ids and retries": `retry: 3000\n\n: keep-alive\n\nid: 1\n${CREATED}:\n\nid\n${COMPLETED}: x\n\n${END_MARK}`,
  "data over several lines": `event: response.completed\ndata: {"response":\ndata: {"object":"response",\ndata:"status":"completed"}}\n\n${END_MARK}`,
  "fields that do not exist, and lines without a colon": `foo: bar\ndata\nevent\n\n${TURN}`,
  "an end mark in the text": CREATED + delta("data: [DONE]\n\n") + delta("[DONE]") + COMPLETED + END_MARK,
  "an end mark that goes on in the data": `${CREATED}data: [DONE] is not the end\n\n${COMPLETED}${END_MARK}`,
  "an event of a mebibyte": CREATED + delta("x".repeat(1024 * 1024)) + COMPLETED + END_MARK,
  "blank lines without events": `\n\n\r\n\r\n${CREATED}\n\n\n${COMPLETED}\n${END_MARK}`,
};

describe("a completed turn is passed on as it came, byte for byte, and recorded as completed:", () => {
  test.each(Object.entries(streams))("%s", async (_name, stream) => {
    expect(await outcomeOf(stream)).toEqual({ status: 200, text: stream.replace(/^\ufeff/, ""), outcome: "completed" });
  });
});

test("a stream cut between any two bytes is the same stream", async () => {
  const stream = Buffer.from(alternating());
  const send = async ({ socket }: GatewayRequest) => {
    socket.setNoDelay(true);
    socket.write(STREAM_HEAD);
    for (const byte of stream) await new Promise((resolve) => socket.write(Uint8Array.of(byte), resolve));
    socket.end();
  };
  expect(await outcomeOf("", send)).toEqual({ status: 200, text: stream.toString(), outcome: "completed" });
});

describe("a stream that ends without its last blank line is what its last event says:", () => {
  test.each(["", "\n", "\r\n", "\r"])("with %j behind it", async (end) => {
    const { text, outcome } = await outcomeOf(CREATED + COMPLETED.trimEnd() + end);
    expect(outcome).toBe("completed");
    expect(text).toStartWith(CREATED + COMPLETED.trimEnd());
    expect(text).toEndWith(END_MARK);
  });

  test("a failure is a failure", async () => {
    const failed = event("response.failed", { response: { error: { code: "server_error", message: "down" } } });
    const { text, outcome } = await outcomeOf(CREATED + failed.trimEnd());
    expect(outcome).toBe("failed");
    expect(text).toContain('"message":"down"');
  });

  test.each([
    ["in its data", COMPLETED.slice(0, -20)],
    ["behind its name", "event: response.completed\n"],
    ["in the end mark", "data: [DO"],
  ])("cut %s it is a cut", async (_name, last) => {
    const { text, outcome } = await outcomeOf(CREATED + last);
    expect(outcome).toBe("failed");
    expect(text).toStartWith(`${CREATED}event: response.failed\n`);
    expect(text).toContain('"code":"gateway_cut"');
  });
});
