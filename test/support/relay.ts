import { API_TOKEN, createTestApp, readJson } from "@test/support/app.ts";
import { createTestClock, whileAdvancing } from "@test/support/test-clock.ts";
import { listen } from "@/server.ts";

export const GATEWAY_TOKEN = "gateway-token-0123456789";

interface RelayOptions {
  gateway: { url: string };
  env?: Record<string, string>;
  root?: string;
}

/** The real service on a real socket, before a gateway of the test's own; only the time stands still. */
export const startRelay = ({ gateway, env = {}, ...rest }: RelayOptions) => {
  const clock = createTestClock();
  const app = createTestApp({
    clock,
    fetch,
    env: { OPENCLAW_GATEWAY_URL: gateway.url, OPENCLAW_GATEWAY_TOKEN: GATEWAY_TOKEN, ...env },
    ...rest,
  });
  const server = listen({ host: "127.0.0.1", port: 0, allowedHosts: app.container.allowedHosts, clock });
  server.serve(app.container);
  const url = `http://127.0.0.1:${server.port}`;

  return {
    ...app,
    clock,
    url,
    /** One turn, as a client of the gateway sends it. */
    turn: (body: unknown = { model: "openclaw:main", input: "hello" }, init: RequestInit = {}) =>
      fetch(`${url}/api/v1/responses`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...init,
        headers: { authorization: `Bearer ${API_TOKEN}`, "content-type": "application/json", ...init.headers },
      }),
    /** Each as it is, without the check of the gateway that a look at the status would set off. */
    breaker: () => app.container.gatewayProbe.view().breaker,
    view: () => app.container.relay.view(),
    status: async () => (await readJson(await app.api("/status"))).state,
    async [Symbol.asyncDispose]() {
      // Without the two seconds of grace, which this clock would not count.
      const stopped = server.stop();
      await clock.advance(2000);
      await stopped;
      // What it ends may wait for this clock: the processes of a check of Codex.
      await whileAdvancing(clock, app.stop());
    },
  };
};
export type RelayUnderTest = ReturnType<typeof startRelay>;
