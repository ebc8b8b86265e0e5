import { describe, expect, test } from "bun:test";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { readJson } from "@test/support/app.ts";
import { CREATED, PONG, startFakeGateway } from "@test/support/fake-gateway.ts";
import { startRelay } from "@test/support/relay.ts";

const BODY = JSON.stringify(PONG);
const answer = (statusLine: string, ...headers: string[]): string =>
  [statusLine, "Content-Type: application/json", `Content-Length: ${BODY.length}`, ...headers, "", BODY].join("\r\n");
const ok = (...headers: string[]) => answer("HTTP/1.1 200 OK", ...headers);
const withLength = (length: string) => ok().replace(/Content-Length: \d+/, `Content-Length: ${length}`);
const chunked = (size: string) =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n{}\r\n0\r\n\r\n`;
const encoded = (encoding: string, body: string | Buffer, type = "application/json") =>
  Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Encoding: ${encoding}\r\n`),
    Buffer.from(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`),
    Buffer.from(body),
  ]);
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024));

/** The turn as the client gets it, when the gateway sends exactly these bytes. */
const turnWith = async (bytes: string | Buffer) => {
  await using gateway = await startFakeGateway(({ socket }) => socket.end(Buffer.from(bytes as string, "latin1")));
  await using relay = startRelay({ gateway });
  const response = await relay.turn();
  const body = await readJson(response);
  return { response, body, lastTurn: relay.view().last_turn };
};

const unusable: Record<string, string | Buffer> = {
  ...Object.fromEntries(
    ["999", "600", "099", "000", "100", "101", "199", "204", "205", "304", "1000", "20", "-1", "abc"].map((status) => [
      `status ${status}`,
      answer(`HTTP/1.1 ${status} Odd`),
    ]),
  ),
  "an event stream with status 205": `HTTP/1.1 205 Reset\r\nContent-Type: text/event-stream\r\n\r\n${CREATED}`,
  "a switch of protocols": "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nabc",
  "HTTP/2.0 in words": answer("HTTP/2.0 200 OK"),
  "no head at all": BODY,
  "another protocol": "SSH-2.0-OpenSSH_9.2\r\n",
  nothing: "",
  "zero bytes": "\0\0\0\r\n\r\n",
  "a redirect to nowhere": answer("HTTP/1.1 302 Found", "Location: http://[::::"),
  "two types": ok("Content-Type: text/html"),
  "two lengths": ok("Content-Length: 3"),
  "a length and chunks": ok("Transfer-Encoding: chunked"),
  "a header with control characters": ok("X-Request-Id: a\u0001b"),
  "a header without a name": ok(": x"),
  "a folded header": ok("X-Request-Id: a", "  b"),
  "a carriage return in a header": ok("X-Request-Id: a\rSet-Cookie: x=1"),
  "5,000 headers": ok(...Array.from({ length: 5000 }, (_, n) => `X-${n}: 1`)),
  "a header without end": `HTTP/1.1 200 OK\r\nX-A: ${"y".repeat(4 * 1024 * 1024)}`,
  "a type that is not ASCII": ok().replace("json", "json; charset=\xff"),
  ...Object.fromEntries(
    ["10", String(BODY.length + 10), "-1", "abc", "9".repeat(30)].map((n) => [`length ${n}`, withLength(n)]),
  ),
  "a chunk of no size": chunked("zz"),
  "a chunk of too large a size": chunked("f".repeat(20)),
  "a gzip bomb": encoded("gzip", BOMB),
  "a gzip bomb as events": encoded("gzip", BOMB, "text/event-stream"),
  gzip: encoded("gzip", gzipSync(BODY)),
  brotli: encoded("br", brotliCompressSync(BODY)),
  zstd: encoded("zstd", zstdCompressSync(BODY)),
  ...Object.fromEntries(
    ["br", "zstd", "gzip", "deflate", "GZIP", "identity, gzip", "none"].map((encoding) => [
      `plain text announced as ${encoding}`,
      encoded(encoding, BODY),
    ]),
  ),
};

describe("an answer that no client could use is a 502 with a next step:", () => {
  test.each(Object.entries(unusable))("%s", async (_name, bytes) => {
    const { response, body, lastTurn } = await turnWith(bytes);

    expect(response.status).toBe(502);
    expect(body).toMatchObject({
      ok: false,
      error_code: expect.stringMatching(/^(?:unknown|network_or_unreachable)$/),
    });
    expect(body.hint).not.toBe("");
    expect(lastTurn).toMatchObject({ outcome: "failed" });
  });
});

describe("an odd answer that a client can use passes:", () => {
  test.each([
    ["without a reason", answer("HTTP/1.1 200")],
    ["by HTTP/1.0", answer("HTTP/1.0 200 OK")],
    ["after a hundred others", "HTTP/1.1 100 Continue\r\n\r\n".repeat(100) + ok()],
    ["after early hints", `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${ok()}`],
    ["announced as identity", encoded("identity", BODY)],
  ])("%s", async (_name, bytes) => {
    const { response, body } = await turnWith(bytes);
    expect(response.status).toBe(200);
    expect(body).toEqual(PONG);
  });

  test.each(["x".repeat(8000), "\xe4\xbd\xa0", "\xff"])(
    "without a header of it that is too long or not ASCII: %#",
    async (value) => {
      const { response } = await turnWith(ok(`X-Request-Id: ${value}`, `Retry-After: ${value}`));
      expect(response.status).toBe(200);
      expect([response.headers.get("x-request-id"), response.headers.get("retry-after")]).toEqual([null, null]);
    },
  );
});

test("a time to come back that is centuries away is an hour", async () => {
  for (const retryAfter of ["9".repeat(400), "Fri, 31 Dec 9999 23:59:59 GMT"]) {
    const starting = `HTTP/1.1 503 Odd\r\nContent-Type: text/plain\r\nRetry-After: ${retryAfter}\r\nContent-Length: 26\r\n\r\nPlugin runtime is starting`;
    const { response } = await turnWith(starting);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "3600"]);
  }
});
