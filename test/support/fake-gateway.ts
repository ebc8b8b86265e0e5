import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** One request to the fake gateway: the client opens a connection for each. */
export interface GatewayRequest {
  socket: Socket;
  headers: Headers;
  body: string;
  /** Resolves when the connection is gone. */
  closed: Promise<void>;
}

/** A gateway below HTTP, whose turns a test may treat as badly as it likes. It answers the free probe as a real one. */
export const startFakeGateway = async (answer: (request: GatewayRequest) => unknown) => {
  const requests: GatewayRequest[] = [];
  const waiters: { count: number; resolve: () => void }[] = [];
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    sockets.add(socket);
    const closed = new Promise<void>((resolve) => {
      socket.on("close", () => {
        sockets.delete(socket);
        resolve();
      });
    });
    socket.on("error", () => {});
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const request = parseRequest(text);
      if (!request) return;
      const isProbe = request.body === "{}" || text.startsWith("GET ");
      text = "";
      if (isProbe) return void socket.end(replyJson(400, { error: { type: "invalid_request_error" } }));
      requests.push({ socket, closed, ...request });
      for (const { count, resolve } of waiters) if (requests.length >= count) resolve();
      void answer({ socket, closed, ...request });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    openConnections: () => sockets.size,
    /** The request of this number, from 1 on, once it has come. */
    async request(number: number): Promise<GatewayRequest> {
      if (requests.length < number) {
        await new Promise<void>((resolve) => waiters.push({ count: number, resolve }));
      }
      const request = requests[number - 1];
      if (!request) throw new Error(`no request ${number}`);
      return request;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};
export type FakeGateway = Awaited<ReturnType<typeof startFakeGateway>>;

/** undefined until the whole of it is there. */
const parseRequest = (text: string): Pick<GatewayRequest, "headers" | "body"> | undefined => {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  if (rest.length === 0) return undefined;
  const headers = new Headers(
    head
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(/: ?(.*)/s, 2) as [string, string]),
  );
  const body = rest.join("\r\n\r\n");
  return body.length < Number(headers.get("content-length") ?? 0) ? undefined : { headers, body };
};

/** An answer of one piece. */
export const reply = (status: number, type: string, body: string, ...headers: string[]): string =>
  [
    `HTTP/1.1 ${status} Whatever`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    "",
    body,
  ].join("\r\n");

export const replyJson = (status: number, body: unknown, ...headers: string[]): string =>
  reply(status, "application/json; charset=utf-8", JSON.stringify(body), ...headers);

/** The head of a stream that ends with its connection. */
export const STREAM_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";

export const event = (type: string, rest: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;

export const END_MARK = "data: [DONE]\n\n";

const begun = { id: "resp_1", object: "response", created_at: 1, status: "in_progress", model: "openclaw", output: [] };
export const CREATED = event("response.created", { response: begun });
export const COMPLETED = event("response.completed", {
  response: { ...begun, status: "completed", usage: { total_tokens: 7 } },
});
export const delta = (text: string): string => event("response.output_text.delta", { delta: text });

/** What the model said, in one piece. */
export const PONG = {
  ...begun,
  status: "completed",
  output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "pong" }] }],
  usage: { total_tokens: 7 },
};
