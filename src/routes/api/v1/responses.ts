import { Hono } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import type { MemoryGate } from "@/gates/memory.ts";
import type { DeepCheck } from "@/gateway/deep-check.ts";
import type { Relay } from "@/gateway/relay.ts";
import type { AppEnv } from "@/http/env.ts";
import { gate } from "@/http/gate.ts";
import { rawJsonBody } from "@/http/json-body.ts";
import { keepOpen } from "@/http/keep-open.ts";
import { ok } from "@/http/ok.ts";

/** The gateway's own limit. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;

/** What a client may tell the gateway besides the body: neither its token nor rights of its own. */
const PASSED_HEADERS = [
  "accept",
  "x-openclaw-agent-id",
  "x-openclaw-agent",
  "x-openclaw-session-key",
  "x-openclaw-message-channel",
  "x-openclaw-account-id",
];

interface GatewayRouteDeps {
  relay: Relay;
  deepCheck: DeepCheck;
  memoryGate: MemoryGate;
}

export const createGatewayRoutes = ({ relay, deepCheck, memoryGate }: GatewayRouteDeps) =>
  new Hono<AppEnv>()
    .post("/responses", gate(memoryGate, "heavy"), rawJsonBody({ maxBytes: MAX_BODY_BYTES }), keepOpen(), async (c) => {
      const headers = Object.fromEntries(
        PASSED_HEADERS.flatMap((name) => {
          const value = c.req.header(name);
          return value === undefined ? [] : [[name, value]];
        }),
      );
      const { rawBody: body, traceId } = c.var;
      const answer = await relay.send({ body, headers, traceId, signal: c.req.raw.signal });
      return answer ? c.newResponse(answer.body, answer.status as StatusCode, answer.headers) : gone();
    })
    .post("/gateway/check", gate(memoryGate, "heavy"), keepOpen(), async (c) => {
      const check = await deepCheck.run({ traceId: c.var.traceId, signal: c.req.raw.signal });
      return check ? ok(c, { check }) : gone();
    });

/** For the access log: the one it was for has left. */
const gone = () => new Response(null, { status: 499 });
