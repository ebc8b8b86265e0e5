import { type Context, Hono } from "hono";
import type { Audit } from "@/audit/audit.ts";
import { createSecretCheck, sourceOf } from "@/http/auth.ts";
import { readForm, textOf } from "@/http/body.ts";
import type { AppEnv } from "@/http/env.ts";
import { statusOf } from "@/http/errors.ts";
import { originGuard } from "@/http/host-guard.ts";
import type { Throttle } from "@/http/throttle.ts";
import { safeReturn } from "@/http/web-auth.ts";
import { AppError } from "@/lib/errors.ts";
import { LoginPage, type LoginProblem } from "@/views/login-page.tsx";
import { html, type PageDeps } from "./page.ts";

interface LoginRoutesDeps extends PageDeps {
  apiToken: string;
  throttle: Throttle;
  audit: Audit;
}

const MAX_FORM_BYTES = 4096;

/** The API token opens a session; the browser stores only the session's key. */
export const createLoginRoutes = ({ webAuth, apiToken, throttle, audit, frameOf, recordRefusal }: LoginRoutesDeps) => {
  const isToken = createSecretCheck(apiToken);

  const show = (c: Context<AppEnv>, next: string, problem?: LoginProblem) =>
    html(c, LoginPage({ frame: frameOf(c), next, problem }));

  const refuse = (c: Context<AppEnv>, next: string, code: LoginProblem) => {
    recordRefusal(c, new AppError(code));
    c.status(statusOf(code));
    return show(c, next, code);
  };

  const recordLogin = (c: Context<AppEnv>, type: "login" | "logout") =>
    audit.record({
      traceId: c.var.requestId,
      category: "web",
      type,
      status: "ok",
      denied: false,
      reason: `web_${type}`,
    });

  return new Hono<AppEnv>()
    .get("/web/login", webAuth.anyone, (c) => {
      const next = safeReturn(c.req.query("next"));
      if (c.var.viewer !== "guest") return c.redirect(next, 303);
      return show(c, next, apiToken === "" ? "auth_not_configured" : undefined);
    })
    .post("/web/login", originGuard(), webAuth.anyone, async (c) => {
      const form = await readForm(c, { maxBytes: MAX_FORM_BYTES });
      const next = safeReturn(textOf(form, "next"));
      if (apiToken === "") return refuse(c, next, "auth_not_configured");
      if (!isToken(textOf(form, "token").trim())) {
        await throttle.failed(sourceOf(c));
        return refuse(c, next, "auth_invalid");
      }
      webAuth.logIn(c);
      recordLogin(c, "login");
      return c.redirect(next, 303);
    })
    .post("/web/logout", originGuard(), webAuth.anyone, (c) => {
      if (c.var.session) recordLogin(c, "logout");
      webAuth.logOut(c);
      return c.redirect("/web/login", 303);
    });
};
