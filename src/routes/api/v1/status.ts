import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { ok } from "@/http/ok.ts";
import type { StatusService } from "@/status/service.ts";

export const createStatusRoutes = ({ status }: { status: StatusService }) =>
  new Hono<AppEnv>()
    .get("/status", async (c) => ok(c, { state: await status.view(c.var.locale) }))
    .get("/executors", (c) => ok(c, { executors: status.executors(c.var.locale) }));
