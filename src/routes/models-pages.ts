import { type Context, Hono } from "hono";
import type { PullMode } from "@/config.ts";
import type { MemoryGate, WorkKind } from "@/gates/memory.ts";
import { readForm } from "@/http/body.ts";
import { createConcurrencyLimit, limitConcurrency } from "@/http/concurrency.ts";
import type { AppEnv } from "@/http/env.ts";
import { errorText, statusOf, wireCodeOf } from "@/http/errors.ts";
import { originGuard } from "@/http/host-guard.ts";
import type { WebAuthGuards } from "@/http/web-auth.ts";
import { AppError } from "@/lib/errors.ts";
import { translate } from "@/locales/translate.ts";
import type { ImportPreview, ImportRefusal } from "@/models/manual-import.ts";
import type { ModelService } from "@/models/service.ts";
import { Capability, type PulledView } from "@/models/view.ts";
import { type ImportNotice, readImportNotice, toImportNotice } from "@/views/import-notice.ts";
import { type PullNotice, readPullNotice } from "@/views/pull-notice.ts";
import { type FrameOf, html } from "./page.ts";

type Models = Pick<
  ModelService,
  "page" | "lastSync" | "history" | "sourceState" | "pull" | "previewImport" | "confirmImport"
>;

interface ModelPageDeps {
  models: Models;
  memoryGate: MemoryGate;
  /** Named in the notice of a pull that was refused before it began. */
  pullMode: PullMode;
  webAuth: WebAuthGuards;
  frameOf: FrameOf;
  recordRefusal(c: Context<AppEnv>, error: AppError): void;
}

const MEMORY_RETRY_SECONDS = "30";
const SHOWN_SYNCS = 8;
const MAX_SEARCH_CHARS = 200;
/** A document of 8 MiB and what a browser wraps around it; a preview's payload has the same bound. */
const MAX_FORM_BYTES = 8 * 1024 * 1024 + 64 * 1024;

/** Anybody on this machine can send one, and each may hold 8 MiB. */
const MAX_FORMS = 4;

/** The models page and its forms. They show metadata; a write needs a login and our own Origin. */
export const createModelPages = ({ models, memoryGate, pullMode, webAuth, frameOf, recordRefusal }: ModelPageDeps) => {
  const limitForms = limitConcurrency(createConcurrencyLimit(MAX_FORMS));

  const show = async (
    c: Context<AppEnv>,
    { notice = null, importNotice = null }: { notice?: PullNotice | null; importNotice?: ImportNotice | null },
  ) => {
    const text = [...(c.req.query("q")?.trim() ?? "")].slice(0, MAX_SEARCH_CHARS).join("");
    const capability = Capability.safeParse(c.req.query("capability")).data ?? "";
    const { ModelsPage } = await import("@/views/models-page.tsx");
    const view = {
      page: models.page({ text, capability, page: pageNumberOf(c.req.query("page")) }),
      last_sync: models.lastSync(),
      source: await models.sourceState(),
      history: models.history({ limit: SHOWN_SYNCS }).events,
    };
    return html(c, ModelsPage({ view, frame: frameOf(c), notice, importNotice }));
  };

  /** A form's answer is a page, so what the API throws becomes a notice here. */
  const refuse = (c: Context<AppEnv>, error: AppError) => {
    recordRefusal(c, error);
    const { text, fix: cure } = errorText(error, c.var.locale);
    c.status(statusOf(error.code));
    return show(c, { importNotice: { kind: "refused", text, cure, skipped: [], skippedCount: 0 } });
  };

  const showOutcome = async (c: Context<AppEnv>, outcome: ImportPreview | ImportRefusal) => {
    if (outcome.kind === "preview") {
      const { ImportPreviewPage } = await import("@/views/import-preview-page.tsx");
      return html(c, ImportPreviewPage({ preview: outcome, frame: frameOf(c) }));
    }
    c.status(400);
    return show(c, { importNotice: toImportNotice(outcome, c.var.locale) });
  };

  return new Hono<AppEnv>()
    .get("/web/models", webAuth.read, (c) => {
      const last = (name: string) => c.req.queries(name)?.at(-1);
      return show(c, { notice: readPullNotice(last), importNotice: readImportNotice(last) });
    })
    .post("/web/models/pull-astr", originGuard(), webAuth.member, async (c) => {
      const { requestId: traceId, locale } = c.var;
      const refusal = await refusalOf(() => memoryGate.check("heavy"));
      if (refusal instanceof AppError) {
        recordRefusal(c, refusal);
        c.header("Retry-After", MEMORY_RETRY_SECONDS);
        const error = translate(locale)(`error.${refusal.code}.text`, refusal.detail);
        return c.redirect(failed({ source_mode: pullMode, error_code: wireCodeOf(refusal.code), error }), 303);
      }
      const { view } = await models.pull({ traceId, channel: "web", locale });
      return c.redirect(view.ok ? succeeded(view) : failed(view), 303);
    })
    .post("/web/models/import", originGuard(), webAuth.member, limitForms, async (c) => {
      const form = await refusalOf(() => guardedForm(c, memoryGate, "heavy"));
      if (form instanceof AppError) return refuse(c, form);
      const file = form.get("file");
      const text = form.get("text");
      // A file field left alone comes as a file without a name and without content.
      if (file instanceof File && (file.size > 0 || file.name)) {
        return showOutcome(c, models.previewImport(await file.bytes(), "file"));
      }
      if (typeof text === "string" && text.trim() !== "") {
        return showOutcome(c, models.previewImport(new TextEncoder().encode(text), "text"));
      }
      return showOutcome(c, { kind: "refused", fault: "nothing_given", detail: "", report: NOTHING_SKIPPED });
    })
    .post("/web/models/import/confirm", originGuard(), webAuth.member, limitForms, async (c) => {
      const form = await refusalOf(() => guardedForm(c, memoryGate, "write"));
      if (form instanceof AppError) return refuse(c, form);
      const payload = form.get("payload");
      const outcome = await models.confirmImport(typeof payload === "string" ? payload : "", c.var.requestId);
      if (outcome.kind !== "stored") return showOutcome(c, outcome);
      const count = String(outcome.imported.provider_count);
      return c.redirect(`/web/models?${new URLSearchParams({ import: "ok", provider_count: count })}`, 303);
    });
};

const NOTHING_SKIPPED = { skipped_count: 0, skipped: [] };

const guardedForm = (c: Context<AppEnv>, memoryGate: MemoryGate, kind: WorkKind) => {
  memoryGate.check(kind);
  return readForm(c.req.raw, { maxBytes: MAX_FORM_BYTES });
};

/** What `work` gives, or the AppError that it throws. */
const refusalOf = async <Result>(work: () => Result | Promise<Result>): Promise<Result | AppError> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
};

const pageNumberOf = (text: string | undefined): number => (/^\d{1,6}$/.test(text ?? "") ? Number(text) : 1);

/** The parameters stand in the order that readers of the predecessor's redirect know (contract). */
const succeeded = ({ source_mode, source_used, provider_count, error }: PulledView): string =>
  location({ source_mode, pull: "ok", source_used, provider_count: String(provider_count), reason: error });

const failed = ({ source_mode, error_code, error }: Record<"source_mode" | "error_code" | "error", string>): string =>
  location({ source_mode, pull: "fail", error_code, reason: error });

const location = (query: Record<string, string>): string => `/web/models?${new URLSearchParams(query)}`;
