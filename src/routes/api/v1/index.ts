import { Hono } from "hono";
import type { MemoryGate } from "@/gates/memory.ts";
import type { DeepCheck } from "@/gateway/deep-check.ts";
import type { Relay } from "@/gateway/relay.ts";
import type { AppEnv } from "@/http/env.ts";
import type { Places } from "@/http/places.ts";
import type { JobService } from "@/jobs/service.ts";
import type { ModelService } from "@/models/service.ts";
import type { StatusService } from "@/status/service.ts";
import { createJobRoutes } from "./jobs.ts";
import { createModelRoutes } from "./models.ts";
import { createGatewayRoutes } from "./responses.ts";
import { createStatusRoutes } from "./status.ts";

interface ApiDeps {
  status: StatusService;
  models: ModelService;
  jobs: JobService;
  relay: Relay;
  deepCheck: DeepCheck;
  memoryGate: MemoryGate;
  /** Of answers that stay open: event streams and long polls. */
  openAnswers: Places;
}

/** One chain, so that its type tells every route: see client.ts. */
export const createApi = ({ status, models, jobs, relay, deepCheck, memoryGate, openAnswers }: ApiDeps) =>
  new Hono<AppEnv>()
    .route("/", createStatusRoutes({ status }))
    .route("/", createModelRoutes({ models, memoryGate }))
    .route("/", createGatewayRoutes({ relay, deepCheck, memoryGate }))
    .route("/executor/jobs", createJobRoutes({ jobs, openAnswers }));
