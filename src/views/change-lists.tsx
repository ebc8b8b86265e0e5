import type { Child } from "hono/jsx";
import type { Locale } from "@/i18n/locale.ts";
import { skipReasonTexts } from "@/i18n/manual-import.ts";
import { type PageTextKey, type Translate, translator } from "@/i18n/pages.ts";
import type { ChangedProviderView, ChangesView, ProviderRefView, SkippedView } from "@/models/view.ts";
import { Data } from "./ui.tsx";

/** What a sync changes, each kind folded behind its count. */
export const ChangeLists = ({ changes, t, open }: { changes: ChangesView; t: Translate; open: boolean }) => (
  <>
    <Fold label="added" count={changes.added_count} shown={changes.added.length} open={open} t={t}>
      {changes.added.map((ref) => (
        <Ref of={ref} />
      ))}
    </Fold>
    <Fold label="removed" count={changes.removed_count} shown={changes.removed.length} open={open} t={t}>
      {changes.removed.map((ref) => (
        <Ref of={ref} />
      ))}
    </Fold>
    <Fold label="changed" count={changes.changed_count} shown={changes.changed.length} open={open} t={t}>
      {changes.changed.map((change) => (
        <Change of={change} t={t} />
      ))}
    </Fold>
  </>
);

/** The rows that could not be used, and why. */
export const SkippedList = ({
  skipped,
  count,
  locale,
  open = false,
}: {
  skipped: readonly SkippedView[];
  count: number;
  locale: Locale;
  open?: boolean;
}) => {
  const t = translator(locale);
  return (
    <Fold label="skippedRows" count={count} shown={skipped.length} open={open} t={t}>
      {skipped.map(({ index, provider_id, reason, field }) => (
        <li>
          {provider_id === "" ? t("rowNumber", { number: index + 1 }) : <Data text={provider_id} />}
          <span class="why">
            {field !== "" && <code>{field}</code>} {skipReasonTexts[reason][locale]}
          </span>
        </li>
      ))}
    </Fold>
  );
};

interface FoldProps {
  label: PageTextKey;
  count: number;
  /** How many of them are named. */
  shown: number;
  open: boolean;
  t: Translate;
  children: Child;
}

const Fold = ({ label, count, shown, open, t, children }: FoldProps) =>
  count === 0 ? null : (
    <details class="fold" open={open}>
      <summary>
        {t(label)} <b>{count}</b>
      </summary>
      <ul>
        {children}
        {count > shown && <li class="hint">{t("andMore", { count: count - shown })}</li>}
      </ul>
    </details>
  );

const Ref = ({ of: { provider_id, model } }: { of: ProviderRefView }) => (
  <li>
    <Data text={provider_id} />
    {model !== "" && model !== provider_id && (
      <span class="why">
        <Data text={model} />
      </span>
    )}
  </li>
);

const Change = ({ of: { provider_id, before, after }, t }: { of: ChangedProviderView; t: Translate }) => {
  const word = (value: string | boolean | undefined): string => {
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    return value === undefined || value === "" ? "-" : value;
  };
  return (
    <li>
      <Data text={provider_id} />
      {(Object.keys(after) as (keyof typeof after)[]).map((field) => (
        <span class="why">
          <code>{field}</code> <Data text={word(before[field])} /> → <Data text={word(after[field])} />
        </span>
      ))}
    </li>
  );
};
