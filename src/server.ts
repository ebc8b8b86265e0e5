import type { Server } from "bun";
import type { AppDeps } from "./app.ts";
import { createApp } from "./app.ts";
import { type Clock, delay } from "./clock.ts";
import { messageOf, StartupError } from "./errors.ts";

/** Above every route's own limit: what is larger is refused before a handler sees it. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const IDLE_TIMEOUT_SECONDS = 30;
const STOP_DEADLINE_MS = 2000;

interface ListenOptions {
  host: string;
  port: number;
  app: AppDeps;
  clock: Clock;
}

/** @throws StartupError when the address cannot be had. */
export const listen = ({ host, port, app: deps, clock }: ListenOptions) => {
  const app = createApp(deps);
  const server = bind(host, port, (request, self) =>
    app.fetch(withAbsoluteUrl(request), { keepOpen: () => self.timeout(request, 0) }),
  );
  return {
    port: server.port ?? port,
    /** Lets requests under way finish, for two seconds at most. */
    async stop() {
      await Promise.race([server.stop(), delay(clock, STOP_DEADLINE_MS)]);
      await server.stop(true);
    },
  };
};

const bind = (
  hostname: string,
  port: number,
  fetch: (request: Request, self: Server<undefined>) => Response | Promise<Response>,
): Server<undefined> => {
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
    const taken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    throw new StartupError(
      taken
        ? `Port ${port} on ${hostname} is taken; see who has it with "ss -ltnp sport = :${port}", or set BACKEND_PORT.`
        : `Cannot listen on ${hostname}:${port}: ${messageOf(error)}`,
    );
  }
};

/** Without a usable Host header Bun leaves the address relative; the host guard, not the router, is to refuse it. */
const withAbsoluteUrl = (request: Request): Request =>
  /^https?:\/\//.test(request.url) ? request : new Request(`http://host.invalid${request.url}`, request);
