import type { Child } from "hono/jsx";
import type { TextKey, Translate } from "@/locales/translate.ts";
import type { ChangesView, ModelSourceView, SkippedReport, SyncView } from "@/models/view.ts";
import { Data, Facts, Pill, Timestamp, type Tone } from "./ui.tsx";

/** The last sync, and whether AstrBot's file has changed since. */
export const SyncFacts = ({ sync, source, t }: { sync: SyncView | null; source: ModelSourceView; t: Translate }) => (
  <Facts
    rows={[
      [t("models.imported_at"), sync && <Timestamp value={sync.imported_at} />],
      [t("models.source"), sync && <Data text={sync.source} />],
      [t("models.provider_count"), sync?.provider_count],
      [t("models.trace_id"), sync && <Data text={sync.trace_id} />],
      [
        t("models.default_provider"),
        source.default_provider && <DefaultProvider provider={source.default_provider} t={t} />,
      ],
      [
        t("models.drift"),
        source.state !== "never_synced" && (
          <>
            <code>{source.source}</code> {t(`models.drift_${source.state}`)}
          </>
        ),
      ],
      [t("models.modified_at"), source.modified_at && <Timestamp value={source.modified_at} />],
    ]}
  />
);

interface DefaultProviderProps {
  provider: NonNullable<ModelSourceView["default_provider"]>;
  t: Translate;
}

export const DefaultProvider = ({ provider: { provider_id, exists }, t }: DefaultProviderProps) => (
  <>
    <Data text={provider_id} />
    {!exists && ` ${t("models.default_gone")}`}
  </>
);

const pills: Partial<Record<ModelSourceView["state"], { tone: Tone; text: TextKey }>> = {
  never_synced: { tone: "notice", text: "models.never_synced" },
  changed: { tone: "notice", text: "models.drift_changed" },
};

export const SyncPill = ({ source: { state }, t }: { source: ModelSourceView; t: Translate }) => {
  const { tone, text } = pills[state] ?? { tone: "ok", text: "models.synced" };
  return <Pill tone={tone}>{t(text)}</Pill>;
};

export const PullForm = ({ t }: { t: Translate }) => (
  <form method="post" action="/web/models/pull-astr">
    <button type="submit">{t("pull.button")}</button>
  </form>
);

interface ChangeListsProps {
  changes: ChangesView;
  /** The rows left out, with the reason. */
  report: SkippedReport;
  t: Translate;
  open?: boolean;
  /** How many of each kind to name at most. */
  limit?: number | undefined;
}

/** What a sync changes and what it skips, each kind folded behind its count. */
export const ChangeLists = ({ changes, report, t, open = false, limit }: ChangeListsProps) => {
  const fold = { open, t };
  const added = changes.added.slice(0, limit).map((ref) => <Ref of={ref} />);
  const removed = changes.removed.slice(0, limit).map((ref) => <Ref of={ref} />);
  const changed = changes.changed.slice(0, limit).map((change) => <Change of={change} t={t} />);
  return (
    <>
      <Fold {...fold} label="models.added" count={changes.added_count} items={added} />
      <Fold {...fold} label="models.removed" count={changes.removed_count} items={removed} />
      <Fold {...fold} label="models.changed" count={changes.changed_count} items={changed} />
      <SkippedList {...fold} report={report} limit={limit} />
    </>
  );
};

export const SkippedList = ({ report, t, open = false, limit }: Omit<ChangeListsProps, "changes">) => {
  const items = report.skipped.slice(0, limit).map(({ index, provider_id, reason, field }) => (
    <li>
      {provider_id === "" ? t("models.row_number", { number: index + 1 }) : <Data text={provider_id} />}
      <span class="why">
        {field !== "" && <code>{field}</code>} {t(`import.skip.${reason}`)}
      </span>
    </li>
  ));
  return <Fold label="models.skipped" count={report.skipped_count} items={items} open={open} t={t} />;
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

const Ref = ({ of: { provider_id, model } }: { of: ChangesView["added"][number] }) => (
  <li>
    <Data text={provider_id} />
    {model !== "" && model !== provider_id && (
      <span class="why">
        <Data text={model} />
      </span>
    )}
  </li>
);

const Change = ({ of: { provider_id, before, after }, t }: { of: ChangesView["changed"][number]; t: Translate }) => {
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
