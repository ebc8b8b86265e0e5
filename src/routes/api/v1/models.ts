import { type Context, Hono } from "hono";
import type { MemoryGate } from "@/gates/memory.ts";
import type { AppEnv } from "@/http/env.ts";
import { inOtherForm, inParts, ok, okJson } from "@/http/errors.ts";
import { requireMemory } from "@/http/middleware.ts";
import { validate, validateJson } from "@/http/validate.ts";
import { toCsv } from "@/models/csv.ts";
import { HistoryQuery, ImportBody, ListQuery } from "@/models/schemas.ts";
import type { ModelService, ModelsView } from "@/models/service.ts";

const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface ModelRouteDeps {
  models: ModelService;
  memoryGate: MemoryGate;
}

export const createModelRoutes = ({ models, memoryGate }: ModelRouteDeps) =>
  new Hono<AppEnv>()
    .get("/models", validate("query", ListQuery), (c) =>
      c.req.valid("query").format === "csv"
        ? inOtherForm(csv(c, toCsv(models.list())))
        : okJson<ModelsView>(c, models.json()),
    )
    .get("/models/history", validate("query", HistoryQuery), (c) => ok(c, models.history(c.req.valid("query"))))
    .post(
      "/models/import-astr",
      requireMemory(memoryGate, "write"),
      validateJson(ImportBody, { maxBytes: MAX_BODY_BYTES }),
      async (c) => {
        const { imported, report, changed, changes } = await models.importPushed(c.req.valid("json"), c.var.requestId);
        return ok(c, { imported, ...report, changed, changes });
      },
    )
    .post("/models/pull-astr", requireMemory(memoryGate, "heavy"), async (c) => {
      const { requestId: traceId, locale } = c.var;
      const result = await models.pull({ traceId, channel: "api", locale });
      const { source_mode, error_code, error } = result.view;
      const body = { pulled: result.view, imported: result.imported, source_mode, error_code, error, ...result.report };
      return result.ok
        ? ok(c, { ...body, changed: result.changed, changes: result.changes })
        : c.json({ ok: false, trace_id: traceId, ...body, hint: result.hint }, 400);
    });

const csv = (c: Context<AppEnv>, text: string) =>
  c.body(inParts(Buffer.from(text)), 200, {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": 'attachment; filename="models.csv"',
  });
