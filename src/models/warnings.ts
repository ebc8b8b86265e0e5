import { firstOf } from "@/lib/bounded.ts";
import { maskKeysInName } from "@/lib/secret-shapes.ts";
import { isTextKey, type TextKey, type Translate } from "@/locales/translate.ts";
import { runnerName } from "./capability.ts";

type Following<Prefix extends string, Text> = Text extends `${Prefix}${infer Rest}` ? Rest : never;
export type WarningCode = Following<"models.warning.", TextKey>;
export type AddressFault = Following<"base_url_", WarningCode>;

export const ONLY_ENABLED = "only_enabled_provider=true";
/** With a key of scope `provider`. */
export const NO_DEFAULT: WarningCode = "default_not_in_api";

/** Of one list: a hostile one cannot inflate the answer. */
export const MAX_WARNINGS = 100;
const MAX_WARNING_CHARS = 12_000;

/** A code, and what it concerns: mostly a provider's id. */
export const toWarning = (code: WarningCode, subject: string | number | undefined): string => `${code}:${subject}`;

export const limitWarnings = (warnings: readonly string[]): string[] => {
  const first = firstOf(warnings, MAX_WARNINGS, MAX_WARNING_CHARS);
  const more = warnings.length - first.length;
  return more > 0 ? [...first, toWarning("more", more)] : first;
};

/** For logs, where no id is shown that may be a key. */
export const maskWarning = (warning: string): string => {
  const { code, subject } = readWarning(warning);
  return subject === "" ? warning : `${code}:${maskKeysInName(subject)}`;
};

/** @returns its sentence; "" for those that concern the source as a whole, which is shown elsewhere. */
export const describeWarning = (warning: string, t: Translate): string => {
  const { code, subject } = readWarning(warning);
  const key = `models.warning.${code}`;
  return isTextKey(key) ? t(key, { subject: code === "agent_runner" ? runnerName(subject) : subject }) : "";
};

export const isWarning = (text: string): boolean =>
  text === ONLY_ENABLED || isTextKey(`models.warning.${readWarning(text).code}`);

const readWarning = (warning: string) => {
  const [code = ""] = warning.split(":", 1);
  return { code, subject: warning.slice(code.length + 1) };
};
