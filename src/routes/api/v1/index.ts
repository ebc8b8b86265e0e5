import { Hono } from "hono";
import type { MemoryGate } from "@/gates/memory.ts";
import type { DeepCheck } from "@/gateway/deep-check.ts";
import type { Relay } from "@/gateway/relay.ts";
import type { ConcurrencyLimit } from "@/http/concurrency.ts";
import type { AppEnv } from "@/http/env.ts";
import { inOtherForm, ok } from "@/http/ok.ts";
import type { JobService } from "@/jobs/service.ts";
import { isLocale } from "@/locales/locale.ts";
import type { ModelService } from "@/models/service.ts";
import type { StatusService } from "@/status/service.ts";
import { createGatewayRoutes } from "./gateway.ts";
import { createJobRoutes } from "./jobs.ts";
import { createModelRoutes } from "./models.ts";

interface ApiDeps {
  status: StatusService;
  models: ModelService;
  jobs: JobService;
  relay: Relay;
  deepCheck: DeepCheck;
  memoryGate: MemoryGate;
  /** Of responses that stay open: event streams and long polls. */
  openResponses: ConcurrencyLimit;
}

/** One chain, whose type is the typed client's (client.ts). */
export const createApi = ({ status, models, jobs, relay, deepCheck, memoryGate, openResponses }: ApiDeps) =>
  new Hono<AppEnv>()
    .get("/status", async (c) => {
      if (c.req.query("format") !== "text") return ok(c, { state: await status.view(c.var.locale) });
      const lang = c.req.query("lang");
      const text = await status.chatText(isLocale(lang) ? lang : c.var.locale);
      return inOtherForm(c.body(text, 200, { "Content-Type": "text/plain; charset=UTF-8" }));
    })
    .get("/executors", (c) => ok(c, { executors: status.executors(c.var.locale) }))
    .route("/", createModelRoutes({ models, memoryGate }))
    .route("/", createGatewayRoutes({ relay, deepCheck, memoryGate }))
    .route("/executor/jobs", createJobRoutes({ jobs, openResponses }));
