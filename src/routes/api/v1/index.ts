import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { inOtherForm, ok } from "@/http/errors.ts";
import { isLocale } from "@/locales/translate.ts";
import type { StatusService } from "@/status/service.ts";
import { createGatewayRoutes, type GatewayRouteDeps } from "./gateway.ts";
import { createJobRoutes, type JobRouteDeps } from "./jobs.ts";
import { createModelRoutes, type ModelRouteDeps } from "./models.ts";

interface ApiDeps extends ModelRouteDeps, GatewayRouteDeps, JobRouteDeps {
  status: StatusService;
}

/** One chain, whose type is the typed client's (client.ts). */
export const createApi = ({ status, ...deps }: ApiDeps) =>
  new Hono<AppEnv>()
    .get("/status", async (c) => {
      if (c.req.query("format") !== "text") return ok(c, { state: await status.view(c.var.locale) });
      const lang = c.req.query("lang");
      const text = await status.chatText(isLocale(lang) ? lang : c.var.locale);
      return inOtherForm(c.body(text, 200, { "Content-Type": "text/plain; charset=UTF-8" }));
    })
    .get("/executors", (c) => ok(c, { executors: status.executors(c.var.locale) }))
    .post("/executor/resume", async (c) => ok(c, { resumed: await deps.jobs.resume(c.var.requestId) }))
    .route("/", createModelRoutes(deps))
    .route("/", createGatewayRoutes(deps))
    .route("/executor/jobs", createJobRoutes(deps));
