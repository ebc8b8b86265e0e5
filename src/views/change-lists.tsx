import type { Child } from "hono/jsx";
import type { Locale } from "@/locales/locale.ts";
import { type TextKey, type Translate, translate } from "@/locales/translate.ts";
import type { ChangedProviderView, ChangesView, ProviderRefView, SkippedView } from "@/models/view.ts";
import { Data } from "./ui.tsx";

interface ChangeListsProps {
  changes: ChangesView;
  t: Translate;
  open: boolean;
  /** How many of each kind to name at most. */
  most?: number;
}

/** What a sync changes, each kind folded behind its count. */
export const ChangeLists = ({ changes, t, open, most = Number.POSITIVE_INFINITY }: ChangeListsProps) => {
  const added = changes.added.slice(0, most).map((ref) => <Ref of={ref} />);
  const removed = changes.removed.slice(0, most).map((ref) => <Ref of={ref} />);
  const changed = changes.changed.slice(0, most).map((change) => <Change of={change} t={t} />);
  return (
    <>
      <Fold label="models.added" count={changes.added_count} items={added} open={open} t={t} />
      <Fold label="models.removed" count={changes.removed_count} items={removed} open={open} t={t} />
      <Fold label="models.changed" count={changes.changed_count} items={changed} open={open} t={t} />
    </>
  );
};

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
  const t = translate(locale);
  const items = skipped.map(({ index, provider_id, reason, field }) => (
    <li>
      {provider_id === "" ? t("models.row_number", { number: index + 1 }) : <Data text={provider_id} />}
      <span class="why">
        {field !== "" && <code>{field}</code>} {t(`import.skip.${reason}`)}
      </span>
    </li>
  ));
  return <Fold label="models.skipped" count={count} items={items} open={open} t={t} />;
};

interface FoldProps {
  label: TextKey;
  count: number;
  /** Those that are named. */
  items: readonly Child[];
  open: boolean;
  t: Translate;
}

const Fold = ({ label, count, items, open, t }: FoldProps) =>
  count === 0 ? null : (
    <details class="fold" open={open}>
      <summary>
        {t(label)} <b>{count}</b>
      </summary>
      <ul>
        {items}
        {count > items.length && <li class="hint">{t("models.and_more", { count: count - items.length })}</li>}
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
    if (typeof value === "boolean") return t(value ? "page.yes" : "page.no");
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
