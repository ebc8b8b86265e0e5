import { AppError } from "@/lib/errors.ts";
import type { SkippedReport } from "./view.ts";

/** `astr_provider_empty`, with the rows that could not be used; the stored snapshot stays (contract). */
export class EmptyImportError extends AppError {
  constructor(readonly report: SkippedReport) {
    super("astr_provider_empty");
  }
}
