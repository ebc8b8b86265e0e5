import { Hono } from "hono";
import type { ContentfulStatusCode, StatusCode } from "hono/utils/http-status";
import type { MemoryGate } from "@/gates/memory.ts";
import type { DeepCheck } from "@/gateway/deep-check.ts";
import type { Relay } from "@/gateway/relay/relay.ts";
import type { AppEnv } from "@/http/env.ts";
import { ok } from "@/http/errors.ts";
import { keepOpen, requireMemory } from "@/http/middleware.ts";
import { readJson } from "@/http/validate.ts";

/** The gateway's own limit. */
const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** The client has disconnected; only the access log shows it. */
const CLIENT_CLOSED_REQUEST = 499 as StatusCode;

export interface GatewayRouteDeps {
  relay: Relay;
  deepCheck: DeepCheck;
  memoryGate: MemoryGate;
}

export const createGatewayRoutes = ({ relay, deepCheck, memoryGate }: GatewayRouteDeps) =>
  new Hono<AppEnv>()
    .post("/responses", requireMemory(memoryGate, "heavy"), async (c) => {
      // Not parsed: that is the gateway's part.
      const body = await readJson(c, MAX_BODY_BYTES);
      keepOpen(c);
      const { headers, signal } = c.req.raw;
      const answer = await relay.send({ body, headers, traceId: c.var.requestId, signal });
      return answer
        ? c.body(answer.body, answer.status as ContentfulStatusCode, answer.headers)
        : c.body(null, CLIENT_CLOSED_REQUEST);
    })
    .post("/gateway/check", requireMemory(memoryGate, "heavy"), async (c) => {
      keepOpen(c);
      const check = await deepCheck({ traceId: c.var.requestId, signal: c.req.raw.signal });
      return check ? ok(c, { check }) : c.body(null, CLIENT_CLOSED_REQUEST);
    });
