import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import type { PullOutcome, SourceFailure } from "./pull.ts";
import { toProviderDetailView, toProviderView } from "./record.ts";
import type { PulledView, SourceFailureView } from "./view.ts";

const MAX_CHARS = 280;

type FailedPull = Extract<PullOutcome, { ok: false }>;

/** Why a pull failed and what to do next, in the caller's language. */
export const describeFailure = ({ code, failures }: FailedPull, locale: Locale) => {
  const t = translate(locale);
  const parts = failures.map((failure) => ({ source: failure.source, text: textOf(failure, t) }));
  const text =
    code === "pull_all_sources_failed"
      ? parts.map((part) => `${part.source}=${part.text}`).join("; ")
      : parts.map((part) => part.text).join("");
  return { error: [...text].slice(0, MAX_CHARS).join(""), hint: t(`pull.${code}.fix`) };
};

const textOf = ({ code, path, fault, detail }: SourceFailure, t: Translate): string =>
  t(`pull.${code}.text`, { path, fault: t(`pull.fault.${fault}`, { path, detail }) }) +
  (fault === "dangling_link" ? t("pull.fault.dangling_link") : "");

const toFailureView = ({ source, code, fault, detail }: SourceFailure): SourceFailureView => ({
  source,
  error_code: code,
  reason: fault,
  detail,
});

/** @param error the text of a failure; "" for a success. */
export const toPulledView = (outcome: PullOutcome, sourceMode: string, error: string): PulledView => {
  const { ok, warnings } = outcome;
  const failures = outcome.failures.map(toFailureView);
  if (outcome.ok) {
    return {
      ok,
      source_mode: sourceMode,
      source_used: outcome.source,
      provider_count: outcome.providers.length,
      using_provider: outcome.defaultProvider && toProviderView(outcome.defaultProvider),
      providers: outcome.providers.map(toProviderDetailView),
      warnings,
      failures,
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
    failures,
    error_code: outcome.code,
    error,
  };
};
