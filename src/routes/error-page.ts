import type { Context } from "hono";
import type { AppEnv } from "@/http/env.ts";
import { statusOf } from "@/http/errors.ts";
import type { AppError } from "@/lib/errors.ts";
import { translate } from "@/locales/translate.ts";
import type { FrameOf } from "./frame.ts";
import { html } from "./html.ts";

/** Whether a person waits for a page, and a guard has said who it is. */
export const wantsPage = (c: Context<AppEnv>): boolean =>
  c.req.path.startsWith("/web/") &&
  c.var.viewer !== undefined &&
  (c.req.header("accept")?.includes("text/html") ?? false);

export const errorPage = async (c: Context<AppEnv>, error: AppError, frameOf: FrameOf): Promise<Response> => {
  const { ErrorPage } = await import("@/views/error-page.tsx");
  const t = translate(c.var.locale);
  const text = t(`error.${error.code}.text`, error.detail);
  const cure = t(`error.${error.code}.fix`);
  c.status(statusOf(error.code));
  return html(c, ErrorPage({ frame: frameOf(c), text, cure, traceId: c.var.traceId }));
};
