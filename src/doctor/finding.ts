import { formatDuration } from "@/locales/format.ts";
import { fill, type Locale, type Translated } from "@/locales/locale.ts";
import type { Problem, Severity } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";

export type FindingState = "ok" | "warn" | "fail";

/** The result of one check; its texts hold no secret. */
export interface Finding {
  kind: string;
  state: FindingState;
  text: Readonly<Record<Locale, FindingText>>;
  /** The fix as a line for a shell in the project's folder; "" without one. */
  command: string;
}

interface FindingText {
  seen: string;
  /** "" if all is well, as is `fix`. */
  cause: string;
  fix: string;
}

type Values = Readonly<Record<string, string | number | Translated>>;
type KindWith<Part extends string, Key> = Key extends `${infer Kind}.${Part}` ? Kind : never;

/** Makes findings from the texts of one area, under `kind.seen`, `kind.cause` and `kind.fix`. */
export const createFindings = <Key extends string>(texts: Record<Locale, Record<Key, string>>) => {
  type Fault = KindWith<"cause", Key> & KindWith<"fix", Key>;
  const textIn = (locale: Locale, kind: string, values: Values): FindingText => {
    const dictionary: Readonly<Record<string, string>> = texts[locale];
    const translated = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, typeof value === "object" ? value[locale] : value]),
    );
    const part = (name: string) => fill(dictionary[`${kind}.${name}`] ?? "", translated);
    return { seen: part("seen"), cause: part("cause"), fix: part("fix") };
  };
  const found =
    <Kind extends string>(state: FindingState) =>
    (kind: Kind, values: Values = {}, command = ""): Finding => ({
      kind,
      state,
      text: { "zh-CN": textIn("zh-CN", kind, values), en: textIn("en", kind, values) },
      command,
    });
  return { ok: found<KindWith<"seen", Key>>("ok"), warn: found<Fault>("warn"), fail: found<Fault>("fail") };
};

const stateOf: Record<Severity, FindingState> = { fault: "fail", warning: "warn", notice: "warn" };

/** A problem as the status page shows it. @param command for this host, instead of the page's. */
export const fromProblem = (problem: Problem, command = describeProblem(problem, "en").command): Finding => {
  const textIn = (locale: Locale): FindingText => {
    const { title, cause, fix } = describeProblem(problem, locale);
    return { seen: title, cause, fix };
  };
  return {
    kind: problem.kind === "gateway" ? `gateway_${problem.detail}` : problem.kind,
    state: stateOf[problem.severity],
    text: { "zh-CN": textIn("zh-CN"), en: textIn("en") },
    command: command ?? "",
  };
};

export const duration = (seconds: number): Translated => ({
  "zh-CN": formatDuration(seconds, "zh-CN"),
  en: formatDuration(seconds, "en"),
});
