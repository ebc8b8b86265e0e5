/**
 * The load: keep-alive connections on bare sockets, each with one request under way. A process of its own, told by one
 * JSON argument, which prints one JSON line. No HTTP library, so that the server and not this is what is measured.
 */
import { LoadRequest } from "./load.ts";

const { url, head, body, connections, warmUp, requests, durationMs } = LoadRequest.parse(JSON.parse(Bun.argv[2] ?? ""));
const urls = [url].flat().map((text) => new URL(text));
const payload = Buffer.from(body);
const tail = body === "" ? "" : `Content-Type: application/json\r\nContent-Length: ${payload.length}\r\n`;
const messages = urls.map(({ host, pathname, search }) =>
  Buffer.concat([
    Buffer.from(`${body === "" ? "GET" : "POST"} ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\n`),
    Buffer.from(`${head.map((line) => `${line}\r\n`).join("")}${tail}\r\n`),
    payload,
  ]),
);

const latencies: number[] = [];
let sent = 0;
let seen = 0;
let bad = 0;
let open = connections;
let startedMs = performance.now();
let stopping = false;
const finished = Promise.withResolvers<void>();

const HEAD_END = "\r\n\r\n";

/** The whole answer's length, once its head is there. */
const lengthOf = (data: Buffer): number | undefined => {
  const end = data.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const at = data.indexOf("ontent-Length: ", 0, "latin1");
  if (at < 0 || at > end) throw new Error(`no Content-Length: ${data.toString("latin1", 0, end)}`);
  return end + HEAD_END.length + Number.parseInt(data.toString("latin1", at + 15, at + 25), 10);
};

const connect = () => {
  let pending: Buffer | undefined;
  let sentMs = 0;
  const send = (socket: Bun.Socket) => {
    sentMs = performance.now();
    socket.write(messages[sent++ % messages.length] ?? payload);
  };
  return Bun.connect({
    hostname: urls[0]?.hostname ?? "",
    port: Number(urls[0]?.port),
    socket: {
      open: send,
      data(socket, chunk) {
        const data = pending ? Buffer.concat([pending, chunk]) : chunk;
        const length = lengthOf(data);
        if (length === undefined || data.length < length) {
          pending = data;
          return;
        }
        pending = undefined;
        const now = performance.now();
        if (data[9] !== 0x32) bad++;
        if (++seen === warmUp) startedMs = now;
        else if (seen > warmUp) latencies.push(now - sentMs);
        stopping ||= latencies.length >= requests || (seen > warmUp && now - startedMs >= durationMs);
        if (stopping) finished.resolve();
        else send(socket);
      },
      close() {
        if (--open === 0) finished.resolve();
      },
      error: () => finished.resolve(),
    },
  });
};

const sockets = await Promise.all(Array.from({ length: connections }, connect));
await finished.promise;
const seconds = (performance.now() - startedMs) / 1000;
for (const socket of sockets) socket.terminate();
latencies.sort((a, b) => a - b);
const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
const { user, system } = process.cpuUsage();
console.log(
  JSON.stringify({
    answers: seen,
    perSecond: latencies.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    bad,
    clientCpuSeconds: (user + system) / 1e6,
  }),
);
process.exit(0);
