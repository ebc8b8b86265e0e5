import type { JobErrorCode } from "@/jobs/state.ts";
import { texts } from "@/locales/texts.ts";

export const jobErrorCodes = Object.keys(texts).flatMap(
  (key) => /^job\.error\.(\w+)\.fix$/.exec(key)?.[1] ?? [],
) as JobErrorCode[];
