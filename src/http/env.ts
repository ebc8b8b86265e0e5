import type { Locale } from "@/i18n/locale.ts";

/** What every handler finds in `c.var`. */
export interface AppEnv {
  Variables: { traceId: string; locale: Locale };
}
