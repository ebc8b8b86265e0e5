import type { Server } from "bun";
import { createApp, createUnavailableApp } from "./app.ts";
import type { Container } from "./container.ts";
import type { HostGuardOptions } from "./http/host-guard.ts";
import { type Clock, delay } from "./lib/clock.ts";
import { messageOf, StartupError } from "./lib/errors.ts";

/** No limit, so that `http/body.ts` answers. Bun drops what no handler reads: 200 MB cost no memory (measured). */
const MAX_BODY_BYTES = 2 ** 40;
/** Above the longest wait of a route (`?wait=30`); Bun closes silent connections at this age, in steps of four seconds. */
const IDLE_TIMEOUT_SECONDS = 60;
const STOP_DEADLINE_MS = 2000;

type ListenOptions = Omit<HostGuardOptions, "boundHost"> & { host: string; port: number; clock: Clock };

/** Binds the address before the database is touched; answers "starting" until `serve`. @throws StartupError */
export const listen = ({ host, port, allowedHosts, redact, clock }: ListenOptions) => {
  const unavailable = { allowedHosts, boundHost: host, redact };
  let app = createUnavailableApp({ ...unavailable, reason: "starting" });
  const server = bind(host, port, (request, self) =>
    app.fetch(withValidUrl(request), {
      keepOpen: () => self.timeout(request, 0),
      remoteAddress: () => self.requestIP(request)?.address,
    }),
  );
  return {
    port: server.port ?? port,
    serve(services: Container): void {
      app = createApp(services);
    },
    /** Rejects new requests and reports not ready; requests under way go on. */
    drain() {
      app = createUnavailableApp({ ...unavailable, reason: "stopping" });
    },
    /** Waits two seconds at most for requests under way. */
    async stop() {
      await Promise.race([server.stop(), delay(clock, STOP_DEADLINE_MS)]);
      await server.stop(true);
    },
  };
};

type Handler = (request: Request, server: Server<undefined>) => Response | Promise<Response>;

const bind = (hostname: string, port: number, fetch: Handler): Server<undefined> => {
  try {
    return Bun.serve({
      hostname,
      port,
      fetch,
      maxRequestBodySize: MAX_BODY_BYTES,
      idleTimeout: IDLE_TIMEOUT_SECONDS,
      development: false,
      // Without this, `development: false` lets two processes share the port (measured on Bun 1.4.5).
      reusePort: false,
    });
  } catch (error) {
    const isInUse = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    throw new StartupError(
      isInUse
        ? `Port ${port} on ${hostname} is taken; see who has it with "ss -ltnp sport = :${port}", or set BACKEND_PORT.`
        : `Cannot listen on ${hostname}:${port}: ${messageOf(error)}`,
    );
  }
};

/** Without a valid Host header, Bun passes on an invalid URL, which Hono cannot route to the host guard. */
const withValidUrl = (request: Request): Request =>
  URL.canParse(request.url) ? request : new Request("http://host.invalid/", { headers: request.headers });
