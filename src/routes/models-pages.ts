import { type Context, Hono } from "hono";
import type { Config } from "@/config.ts";
import type { MemoryGate, WorkKind } from "@/gates/memory.ts";
import { type Form, readForm, textOf } from "@/http/body.ts";
import { createConcurrencyLimit, limitConcurrency } from "@/http/concurrency.ts";
import type { AppEnv } from "@/http/env.ts";
import { errorText, statusOf, wireCodeOf } from "@/http/errors.ts";
import { originGuard } from "@/http/host-guard.ts";
import { AppError } from "@/lib/errors.ts";
import { firstChars } from "@/lib/text.ts";
import { translate } from "@/locales/translate.ts";
import { isCapability } from "@/models/capability.ts";
import type { ImportRefusal, SubmittedDocument } from "@/models/manual-import.ts";
import type { ModelService } from "@/models/service.ts";
import type { PulledView } from "@/models/view.ts";
import { ImportPreviewPage, ModelsPage, type ModelsPageProps } from "@/views/models-page.tsx";
import { importFailed, importRefused, readModelsNotice } from "@/views/notices.tsx";
import { html, type PageDeps, queryOf, resultOrError } from "./page.ts";

interface ModelPageDeps extends PageDeps {
  models: ModelService;
  memoryGate: MemoryGate;
  /** Named in the notice of a pull that was refused before it began. */
  pullMode: Config["astrbot"]["pullMode"];
}

const MEMORY_RETRY_SECONDS = "30";
const SHOWN_SYNCS = 5;
const MAX_SEARCH_CHARS = 200;
/** A longer text is not rendered again; the browser's back button brings it back. */
const MAX_PASTED_CHARS = 1024 * 1024;
/** A document of 8 MiB and what a browser wraps around it; a preview's payload has the same limit. */
const MAX_FORM_BYTES = 8 * 1024 * 1024 + 64 * 1024;
/** Each may hold 8 MiB. */
const MAX_CONCURRENT_FORMS = 4;

/** The models page and its forms. They show metadata; a write needs a login and our own Origin. */
export const createModelPages = (deps: ModelPageDeps) => {
  const { models, memoryGate, pullMode, webAuth, frameOf } = deps;
  const limitForms = limitConcurrency(createConcurrencyLimit(MAX_CONCURRENT_FORMS));

  const show = async (c: Context<AppEnv>, shown: Pick<ModelsPageProps, "notice" | "refusal" | "pasted">) => {
    const text = firstChars(c.req.query("q")?.trim() ?? "", MAX_SEARCH_CHARS);
    const requested = c.req.query("capability");
    const capability = isCapability(requested) ? requested : "";
    const view = {
      page: models.page({ text, capability, page: pageNumberOf(c.req.query("page")) }),
      last_sync: models.lastSync(),
      source: await models.sourceState(),
      history: models.history({ limit: SHOWN_SYNCS }).events,
    };
    return html(c, ModelsPage({ view, frame: frameOf(c), ...shown }));
  };

  /** A form is answered with a page, so an error of the API is shown as a notice here. */
  const showError = (c: Context<AppEnv>, error: AppError) => {
    c.status(statusOf(error.code));
    return show(c, { refusal: importFailed(errorText(error, c.var.locale), translate(c.var.locale)) });
  };

  /** @param pasted goes back to who sent it, keys and all, and is kept nowhere. */
  const showRefusal = (c: Context<AppEnv>, refusal: ImportRefusal, pasted = "") => {
    c.status(400);
    return show(c, {
      refusal: importRefused(refusal, translate(c.var.locale)),
      pasted: pasted.length > MAX_PASTED_CHARS ? "" : pasted,
    });
  };

  /** @returns the AppError if memory is low or the form is unreadable. */
  const readGuarded = (c: Context<AppEnv>, kind: WorkKind) =>
    resultOrError(c, deps, () => {
      memoryGate.check(kind);
      return readForm(c, { maxBytes: MAX_FORM_BYTES });
    });

  return new Hono<AppEnv>()
    .get("/web/models", webAuth.read, (c) => show(c, { notice: readModelsNotice(queryOf(c), translate(c.var.locale)) }))
    .post("/web/models/pull-astr", originGuard(), webAuth.member, async (c) => {
      const { requestId: traceId, locale } = c.var;
      const refusal = await resultOrError(c, deps, () => memoryGate.check("heavy"));
      if (refusal instanceof AppError) {
        c.header("Retry-After", MEMORY_RETRY_SECONDS);
        const { text: error } = errorText(refusal, locale);
        return c.redirect(failed({ source_mode: pullMode, error_code: wireCodeOf(refusal.code), error }), 303);
      }
      const { view } = await models.pull({ traceId, channel: "web", locale });
      return c.redirect(view.ok ? succeeded(view) : failed(view), 303);
    })
    .post("/web/models/import", originGuard(), webAuth.member, limitForms, async (c) => {
      const form = await readGuarded(c, "heavy");
      if (form instanceof AppError) return showError(c, form);
      const preview = await models.previewImport(await documentOf(form));
      if (preview.kind === "refused") return showRefusal(c, preview, textOf(form, "text"));
      await c.var.turns();
      return html(c, ImportPreviewPage({ preview, frame: frameOf(c) }));
    })
    .post("/web/models/import/confirm", originGuard(), webAuth.member, limitForms, async (c) => {
      const form = await readGuarded(c, "write");
      if (form instanceof AppError) return showError(c, form);
      const outcome = await models.confirmImport(textOf(form, "payload"), c.var.requestId);
      if (outcome.kind === "refused") return showRefusal(c, outcome);
      const count = String(outcome.imported.provider_count);
      return c.redirect(location({ import: "ok", provider_count: count }), 303);
    });
};

const documentOf = async (form: Form): Promise<SubmittedDocument | undefined> => {
  const file = form.get("file");
  // A file field left empty is submitted as a file without a name and without content.
  if (file instanceof File && (file.size > 0 || file.name)) return { bytes: await file.bytes(), method: "file" };
  const text = textOf(form, "text");
  if (text.trim() === "") return undefined;
  return { bytes: new TextEncoder().encode(text), method: "text" };
};

const pageNumberOf = (text: string | undefined): number => (/^\d{1,6}$/.test(text ?? "") ? Number(text) : 1);

/** The parameters are in the order of the predecessor's redirect (contract). */
const succeeded = ({ source_mode, source_used, provider_count, error }: PulledView): string =>
  location({ source_mode, pull: "ok", source_used, provider_count: String(provider_count), reason: error });

const failed = ({ source_mode, error_code, error }: Record<"source_mode" | "error_code" | "error", string>): string =>
  location({ source_mode, pull: "fail", error_code, reason: error });

const location = (query: Record<string, string>): string => `/web/models?${new URLSearchParams(query)}`;
