import { type Context, Hono } from "hono";
import type { Audit } from "@/audit/audit.ts";
import { type AuditQuery, type AuditReader, auditOutcomes } from "@/audit/reader.ts";
import type { AppEnv } from "@/http/env.ts";
import { AuditPage } from "@/views/audit/audit-page.tsx";
import { html, type PageDeps, watch } from "./page.ts";

interface AuditPageDeps extends PageDeps {
  audit: Pick<Audit, "onRecord">;
  auditReader: AuditReader;
}

const MAX_ACTION_CHARS = 64;

/** The audit log. It names jobs and their folders, so it needs a login. */
export const createAuditPage = ({ audit, auditReader, live, webAuth, frameOf }: AuditPageDeps) =>
  new Hono<AppEnv>()
    .get("/web/audit", webAuth.member, async (c) => {
      const query = toQuery(c);
      const page = await auditReader.read(query);
      await c.var.turns();
      return html(c, AuditPage({ page, query, frame: frameOf(c) }));
    })
    .get("/web/audit/live", webAuth.member, (c) => watch(c, live, { subscribe: audit.onRecord }));

/** Invalid filters are ignored. */
const toQuery = (c: Context<AppEnv>): AuditQuery => {
  const query = (name: string) => c.req.query(name) ?? "";
  return {
    action: query("action").slice(0, MAX_ACTION_CHARS),
    outcome: auditOutcomes.find((outcome) => outcome === query("outcome")) ?? "",
    before: /^\d{1,15}-\d{1,15}$/.test(query("before")) ? query("before") : "",
  };
};
