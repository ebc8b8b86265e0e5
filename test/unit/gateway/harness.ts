import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createTestClock } from "@test/support/test-clock.ts";
import { createBreaker } from "@/gateway/breaker.ts";
import { createGatewayClient } from "@/gateway/client.ts";
import { createGatewayProbe } from "@/gateway/probe.ts";
import type { Fetch } from "@/lib/http.ts";

export const TOKEN = "gateway-token-0123456789";
export const TIMEOUT_MS = 15_000;

interface GatewayOptions {
  url: string;
  token?: string;
  fetch?: Fetch;
}

/** The real client, breaker and probe, over real sockets; only the time is ours. */
export const createGateway = ({ url, token = TOKEN, fetch = globalThis.fetch }: GatewayOptions) => {
  const clock = createTestClock("2026-03-01T00:00:00Z");
  const breaker = createBreaker({ clock });
  const client = createGatewayClient({ fetch, url, token, breaker, clock, timeoutMs: TIMEOUT_MS });
  const probe = createGatewayProbe({ client, breaker, clock });
  return { clock, breaker, client, probe };
};

interface RawServer extends AsyncDisposable {
  url: string;
  /** The connection of the first request, once that has arrived. */
  asked: Promise<Socket>;
  /** Resolves when that connection is gone. */
  closed: Promise<void>;
}

/** A server below HTTP: `onRequest` does with the connection what it likes. */
export const listenRaw = async (onRequest: (socket: Socket) => void): Promise<RawServer> => {
  const asked = Promise.withResolvers<Socket>();
  const closed = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => closed.resolve());
    socket.once("data", () => {
      onRequest(socket);
      asked.resolve(socket);
    });
  });
  const url = await listen(server);
  return {
    url,
    asked: asked.promise,
    closed: closed.promise,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

const listen = async (server: Server): Promise<string> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** An address where nothing listens. */
export const unusedUrl = async (): Promise<string> => {
  const server = createServer();
  const url = await listen(server);
  server.close();
  await once(server, "close");
  return url;
};

interface SeenRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

interface HttpGateway extends Disposable {
  url: string;
  requests: SeenRequest[];
}

/** An HTTP server that answers each request in the same way and remembers them all. */
export const listenHttp = (answer: () => Response): HttpGateway => {
  const requests: SeenRequest[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { method, headers } = request;
      const path = new URL(request.url).pathname;
      requests.push({ method, path, headers: headers.toJSON(), body: await request.text() });
      return answer();
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    [Symbol.dispose]() {
      void server.stop(true);
    },
  };
};

/** What a gateway says to the probe when all is well. */
export const ready = () =>
  Response.json({ error: { message: "Invalid request body", type: "invalid_request_error" } }, { status: 400 });
