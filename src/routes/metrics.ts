import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import type { Exposition } from "@/metrics/exposition.ts";
import { CONTENT_TYPE } from "@/metrics/family.ts";

export const createMetricsRoutes = ({ exposition }: { exposition: Exposition }) =>
  new Hono<AppEnv>().get("/metrics", async (c) => c.body(await exposition(), 200, { "Content-Type": CONTENT_TYPE }));
