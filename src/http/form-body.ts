import { AppError } from "@/lib/errors.ts";
import { readBounded } from "./read-bounded.ts";

export type Form = Awaited<ReturnType<Response["formData"]>>;

/** A text field; "" when it is missing or a file. */
export const textOf = (form: Form, name: string): string => {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
};

const FORM_TYPE = /^(?:multipart\/form-data|application\/x-www-form-urlencoded)\s*(?:;|$)/i;

/**
 * A browser's form, of which no more than `maxBytes` is held.
 * @throws AppError when it is larger, or no form.
 */
export const readForm = async (request: Request, { maxBytes }: { maxBytes: number }): Promise<Form> => {
  const contentType = request.headers.get("content-type") ?? "";
  if (!FORM_TYPE.test(contentType)) throw new AppError("unsupported_media_type");
  const bytes = await readBounded(request, maxBytes);
  try {
    return await new Response(bytes, { headers: { "content-type": contentType } }).formData();
  } catch {
    throw new AppError("invalid_request", { fields: "form" });
  }
};
