import type { Locale } from "../locale.ts";

export interface DoctorText {
  /** What was seen; `{name}` takes a value of the finding. */
  seen: string;
  /** Both are missing where all is well. */
  cause?: string;
  cure?: string;
}

/** What a doctor can find, and how grave it is. */
export type DoctorEntry = { state: "ok" | "warn" | "fail" } & Record<Locale, DoctorText>;
