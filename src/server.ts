import type { Server } from "bun";
import type { Hono } from "hono";
import type { AppServices } from "./app.ts";
import { createApp } from "./app.ts";
import { createClosedApp } from "./http/closed-app.ts";
import type { AppEnv } from "./http/env.ts";
import { createHealthAnswer, HEALTH_PATH } from "./http/health-answer.ts";
import { type Clock, delay } from "./lib/clock.ts";
import { messageOf, StartupError } from "./lib/errors.ts";
import { onFirstUse } from "./lib/on-first-use.ts";

/**
 * As good as none, so that a body too large is refused in our words (`http/size-guard.ts`, `http/read-bounded.ts`).
 * What no handler reads is dropped as it arrives: 200 MB cost nothing (measured).
 */
const MAX_BODY_BYTES = 2 ** 40;
/** Above the longest wait a route offers (`?wait=30`): Bun cuts a silent answer off at this age, in steps of four seconds. */
const IDLE_TIMEOUT_SECONDS = 60;
const STOP_DEADLINE_MS = 2000;

type Handler = (request: Request, server: Server<undefined>) => Response | Promise<Response>;

interface ListenOptions {
  host: string;
  port: number;
  allowedHosts: ReadonlySet<string>;
  clock: Clock;
}

/**
 * Takes the address, and answers that it is starting until it is told what to serve: a port that is taken is known
 * before anything else is touched.
 * @throws StartupError when the address cannot be had.
 */
export const listen = ({ host, port, allowedHosts, clock }: ListenOptions) => {
  let handle = handlerOf(() => createClosedApp({ allowedHosts, reason: "starting" }));
  const answerHealth = createHealthAnswer(allowedHosts);
  const server = bind(host, port, { fetch: (request, self) => handle(request, self), answerHealth });
  return {
    port: server.port ?? port,
    serve(services: AppServices): void {
      handle = handlerOf(() => createApp(services));
    },
    /** Refuses new requests, readiness among them; those under way go on. */
    drain() {
      handle = handlerOf(() => createClosedApp({ allowedHosts, reason: "stopping" }));
    },
    /** Lets requests under way finish, for two seconds at most. */
    async stop() {
      await Promise.race([server.stop(), delay(clock, STOP_DEADLINE_MS)]);
      await server.stop(true);
    },
  };
};

/** An app is made by its first request: the start does not wait for it, and one that nobody asks costs nothing. */
const handlerOf = (makeApp: () => Hono<AppEnv>): Handler => {
  const app = onFirstUse(makeApp);
  return (request, self) =>
    app().fetch(withUsableUrl(request), {
      keepOpen: () => self.timeout(request, 0),
      remoteAddress: () => self.requestIP(request)?.address,
    });
};

const bind = (
  hostname: string,
  port: number,
  { fetch, answerHealth }: { fetch: Handler; answerHealth: (request: Request) => Response | undefined },
): Server<undefined> => {
  try {
    return Bun.serve({
      hostname,
      port,
      fetch,
      routes: { [HEALTH_PATH]: { GET: (request, self) => answerHealth(request) ?? fetch(request, self) } },
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

/** Without a usable Host header, Bun hands on an address that is none; the host guard, not the router, is to refuse it. */
const withUsableUrl = (request: Request): Request =>
  URL.canParse(request.url) ? request : new Request("http://host.invalid/", { headers: request.headers });
