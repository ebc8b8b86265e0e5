import { formatDuration } from "@/locales/format.ts";
import { fill, type Locale } from "@/locales/translate.ts";
import type { Problem } from "@/status/diagnose.ts";
import { describeProblem, problemCommands } from "@/status/problem-text.ts";
import { en } from "./texts/en.ts";
import { zhCN } from "./texts/zh-CN.ts";

/** A note has no weight: something may be done, and nothing has to. */
export type FindingState = "ok" | "note" | "warn" | "fail";

/** The result of one check; its texts hold no secret. */
export interface Finding {
  kind: string;
  state: FindingState;
  /** `cause` and `fix` are "" if all is well. */
  describe(locale: Locale): { seen: string; cause: string; fix: string };
  /** The fix as a line for a shell in the project's folder; "" without one. */
  command: string;
}

/** What a check says: findings, and nothing where a condition did not hold. */
export type Found = Finding | false | "" | null | undefined;

/** `well` if nothing else was found. */
export const orElse = (found: readonly Found[], well: Finding): Finding[] => {
  const findings = found.flatMap((one) => one || []);
  return findings.length > 0 ? findings : [well];
};

type KindWith<Part extends string, Key> = Key extends `${infer Kind}.${Part}` ? Kind : never;
type KnownKind = KindWith<"seen", keyof typeof zhCN>;
/** A kind with this part of its own, or with the part that `disk.fix` is for each `disk_...`. */
type Described<Part extends string, Own extends string = KindWith<Part, keyof typeof zhCN>> = Own | `${Own}_${string}`;
type FaultKind = Extract<Extract<KnownKind, Described<"cause">>, Described<"fix">>;
type Values = Readonly<Record<string, string | number | ((locale: Locale) => string)>>;

const dictionaries: Record<Locale, Readonly<Record<string, string>>> = { "zh-CN": zhCN, en };

/** "" for a key without a text. */
export const text = (locale: Locale, key: string, values: Values = {}): string => {
  const filled = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "function" ? value(locale) : value,
  ]);
  return fill(dictionaries[locale][key] ?? "", Object.fromEntries(filled));
};

const found =
  <Kind extends string>(state: FindingState) =>
  (kind: Kind, values: Values = {}, command = ""): Finding => ({
    kind,
    state,
    describe(locale) {
      const own = (part: string) => text(locale, `${kind}.${part}`, values);
      const shared = (part: string) => (state === "ok" ? "" : text(locale, `${kind.split("_")[0]}.${part}`, values));
      return { seen: own("seen"), cause: own("cause") || shared("cause"), fix: own("fix") || shared("fix") };
    },
    command,
  });

export const ok = found<KnownKind>("ok");
export const warn = found<FaultKind>("warn");
export const fail = found<FaultKind>("fail");

const STATE_OF = { fault: "fail", warning: "warn", notice: "note" } as const;

/** A problem as the status page shows it. @param command for this host, instead of the page's. */
export const fromProblem = (problem: Problem, command?: string): Finding => ({
  kind: problem.kind,
  state: STATE_OF[problem.severity],
  describe(locale) {
    const { title, cause, fix } = describeProblem(problem, locale);
    return { seen: title, cause, fix };
  },
  command: command ?? fill(problemCommands[problem.kind] ?? "", problem.values),
});

export const duration = (seconds: number) => (locale: Locale) => formatDuration(seconds, locale);
