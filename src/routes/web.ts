import { Hono } from "hono";
import type { Audit } from "@/audit/audit.ts";
import type { Preflight } from "@/executor/codex/preflight.ts";
import type { MemoryGate } from "@/gates/memory.ts";
import type { DeepCheck } from "@/gateway/deep-check.ts";
import type { GatewayProbe } from "@/gateway/probe.ts";
import type { CheckView } from "@/gateway/view.ts";
import { type AppEnv, seesJobs } from "@/http/env.ts";
import { originGuard } from "@/http/host-guard.ts";
import { keepOpen } from "@/http/middleware.ts";
import type { JobService } from "@/jobs/service.ts";
import { AppError } from "@/lib/errors.ts";
import type { testChannels } from "@/notify/channel-test.ts";
import type { StatusService } from "@/status/service.ts";
import { readChannelNotice, readCheckNotice } from "@/views/notices.tsx";
import { StatusPage } from "@/views/status-page.tsx";
import { html, type PageDeps, queryOf, resultOrError, watch } from "./page.ts";

interface WebRoutesDeps extends PageDeps {
  status: Pick<StatusService, "page">;
  deepCheck: DeepCheck;
  gatewayProbe: Pick<GatewayProbe, "checkNow">;
  preflight: Pick<Preflight, "check" | "view">;
  channelTest: () => ReturnType<typeof testChannels>;
  memoryGate: MemoryGate;
  jobs: Pick<JobService, "subscribe" | "resume">;
  audit: Pick<Audit, "onRecord">;
}

/** For memory, the gateway, Codex and AstrBot's file, which emit no event when they change. */
const REFRESH_MS = 5_000;

/** The status page. Its checks cost a model turn or start programs, so they need a login and our own Origin. */
export const createWebRoutes = (deps: WebRoutesDeps) => {
  const { status, deepCheck, gatewayProbe, preflight, channelTest, memoryGate, jobs, audit, live, webAuth, frameOf } =
    deps;
  const subscribe = (listener: () => void) => {
    const stops = [jobs.subscribe(listener), audit.onRecord(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  };

  return new Hono<AppEnv>()
    .on("GET", ["/", "/web/status"], webAuth.read, async (c) => {
      const view = await status.page({ locale: c.var.locale, seesJobs: seesJobs(c.var.viewer) });
      const frame = frameOf(c);
      const notice = readCheckNotice(queryOf(c), frame.t, view.commands) ?? readChannelNotice(queryOf(c), frame.t);
      return html(c, StatusPage({ view, frame, notice }));
    })
    .get("/web/status/live", webAuth.read, (c) => watch(c, live, { subscribe, refreshMs: REFRESH_MS }))
    .post("/web/gateway/check", originGuard(), webAuth.member, async (c) => {
      keepOpen(c);
      const check = await resultOrError(c, deps, () => {
        memoryGate.check("heavy");
        return deepCheck({ traceId: c.var.requestId, signal: c.req.raw.signal, isForced: true });
      });
      if (check instanceof AppError) {
        return c.redirect(statusLocation({ check: "refused", error_code: check.code }), 303);
      }
      return c.redirect(check ? checked(check) : "/web/status", 303);
    })
    .post("/web/gateway/probe", originGuard(), webAuth.member, async (c) => {
      keepOpen(c);
      await gatewayProbe.checkNow();
      return c.redirect("/web/status", 303);
    })
    .post("/web/notify/test", originGuard(), webAuth.member, async (c) => {
      keepOpen(c);
      const results = await channelTest();
      const query = results.flatMap(({ name, reason, detail }) => [
        [`sent.${name}`, reason],
        [`answer.${name}`, detail],
      ]);
      return c.redirect(statusLocation(Object.fromEntries(query)), 303);
    })
    .post("/web/codex/check", originGuard(), webAuth.member, async (c) => {
      keepOpen(c);
      await preflight.check();
      const { logged_in } = preflight.view();
      if (logged_in) await resultOrError(c, deps, () => jobs.resume(c.var.requestId, "login"));
      return c.redirect("/web/status", 303);
    })
    .post("/web/codex/resume", originGuard(), webAuth.member, async (c) => {
      await jobs.resume(c.var.requestId);
      return c.redirect("/web/status", 303);
    });
};

const checked = ({ ok, error_type, detail, status_code, latency_ms }: CheckView): string =>
  statusLocation({
    check: ok ? "ok" : "fail",
    error_type,
    detail,
    status_code: String(status_code),
    latency_ms: String(latency_ms),
  });

const statusLocation = (query: Record<string, string>): string => `/web/status?${new URLSearchParams(query)}`;
