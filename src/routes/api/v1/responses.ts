import { Hono } from "hono";
import type { MemoryGate } from "@/gates/memory.ts";
import type { DeepCheck } from "@/gateway/deep-check.ts";
import { headersToGateway } from "@/gateway/passed-headers.ts";
import type { Relay } from "@/gateway/relay.ts";
import type { AppEnv } from "@/http/env.ts";
import { gate } from "@/http/gate.ts";
import { rawJsonBody } from "@/http/json-body.ts";
import { keepOpen } from "@/http/keep-open.ts";
import { ok } from "@/http/ok.ts";

/** The gateway's own limit. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;

interface GatewayRouteDeps {
  relay: Relay;
  deepCheck: DeepCheck;
  memoryGate: MemoryGate;
}

export const createGatewayRoutes = ({ relay, deepCheck, memoryGate }: GatewayRouteDeps) =>
  new Hono<AppEnv>()
    .post("/responses", gate(memoryGate, "heavy"), rawJsonBody({ maxBytes: MAX_BODY_BYTES }), keepOpen(), async (c) => {
      const { rawBody: body, traceId } = c.var;
      const headers = headersToGateway(c.req.raw.headers);
      const answer = await relay.send({ body, headers, traceId, signal: c.req.raw.signal });
      return answer ? new Response(answer.body, answer) : gone();
    })
    .post("/gateway/check", gate(memoryGate, "heavy"), keepOpen(), async (c) => {
      const check = await deepCheck.run({ traceId: c.var.traceId, signal: c.req.raw.signal });
      return check ? ok(c, { check }) : gone();
    });

/** For the access log: the one it was for has left. */
const gone = () => new Response(null, { status: 499 });
