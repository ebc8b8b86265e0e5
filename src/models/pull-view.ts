import { fill, type Locale } from "@/i18n/locale.ts";
import { faultTexts, pullTexts } from "@/i18n/pull.ts";
import type { PullOutcome, SourceFailure } from "./pull.ts";
import { toProviderView } from "./record.ts";
import type { PulledView } from "./view.ts";

const MAX_CHARS = 280;

type FailedPull = Extract<PullOutcome, { ok: false }>;

/** Why a pull failed and what to do next, in the caller's language. */
export const describeFailure = ({ code, failures }: FailedPull, locale: Locale) => {
  const parts = failures.map((failure) => ({ source: failure.source, text: textOf(failure, locale) }));
  const text =
    code === "pull_all_sources_failed"
      ? parts.map((part) => `${part.source}=${part.text}`).join("; ")
      : parts.map((part) => part.text).join("");
  return { error: [...text].slice(0, MAX_CHARS).join(""), hint: pullTexts[code][locale].cure };
};

const textOf = ({ code, path, fault }: SourceFailure, locale: Locale): string =>
  fill(pullTexts[code][locale].text, {
    path,
    fault: fault ? fill(faultTexts[fault.kind][locale], { path, detail: fault.detail }) : "",
  });

/** @param error the text of a failure; "" for a success. */
export const toPulledView = (outcome: PullOutcome, sourceMode: string, error: string): PulledView => {
  const { ok, warnings } = outcome;
  if (outcome.ok) {
    return {
      ok,
      source_mode: sourceMode,
      source_used: outcome.source,
      provider_count: outcome.providers.length,
      using_provider: outcome.usingProvider && toProviderView(outcome.usingProvider),
      providers: outcome.providers.map(toProviderView),
      warnings,
      error_code: "",
      error,
    };
  }
  const [only, ...others] = outcome.failures;
  return {
    ok,
    source_mode: sourceMode,
    source_used: only && others.length === 0 ? only.source : "",
    provider_count: 0,
    using_provider: null,
    providers: [],
    warnings,
    error_code: outcome.code,
    error,
  };
};
