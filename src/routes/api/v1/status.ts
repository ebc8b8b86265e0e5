import { Hono } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { inOtherForm, ok } from "@/http/ok.ts";
import { isLocale } from "@/locales/locale.ts";
import type { StatusService } from "@/status/service.ts";

export const createStatusRoutes = ({ status }: { status: StatusService }) =>
  new Hono<AppEnv>()
    .get("/status", async (c) => {
      if (c.req.query("format") !== "text") return ok(c, { state: await status.view(c.var.locale) });
      const asked = c.req.query("lang");
      const text = await status.chatText(isLocale(asked) ? asked : c.var.locale);
      return inOtherForm(c.body(text, 200, { "Content-Type": "text/plain; charset=UTF-8" }));
    })
    .get("/executors", (c) => ok(c, { executors: status.executors(c.var.locale) }));
