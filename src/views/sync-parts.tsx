import type { Child } from "hono/jsx";
import { type TextKey, type Translate, textOr } from "@/locales/translate.ts";
import { runnerName } from "@/models/capability.ts";
import { originKey } from "@/models/sync.ts";
import type { ChangesView, ModelSourceView, SkippedReport, SyncView } from "@/models/view.ts";
import { describeWarning } from "@/models/warnings.ts";
import { Data, Facts, joined, Timestamp } from "./ui.tsx";

interface SyncProps {
  sync: SyncView | null;
  source: ModelSourceView;
  t: Translate;
}

/** The last sync, and whether AstrBot's file has changed since. */
export const SyncFacts = ({ sync, source, t }: SyncProps) => (
  <Facts
    rows={[
      [t("models.imported_at"), sync && <Timestamp value={sync.imported_at} />],
      [t("models.source"), sync && <SourceName source={sync.source} t={t} />],
      [t("models.provider_count"), sync?.provider_count],
      [t("page.trace_id"), sync && <Data text={sync.trace_id} />],
      [
        t("models.default_provider"),
        source.default_provider && <ProviderName provider={source.default_provider} t={t} />,
      ],
      [
        t("models.agent_runner"),
        source.agent_runner && t("models.agent_runner_outside", { name: runnerName(source.agent_runner.type) }),
      ],
      [
        t("models.fallbacks"),
        source.fallback_providers.length > 0 &&
          joined(
            source.fallback_providers.map((provider) => <ProviderName provider={provider} t={t} />),
            " → ",
          ),
      ],
      [
        t(originKey(source)),
        source.state !== "never_synced" && (
          <>
            <SourceName source={source.source} t={t} /> · {t(`models.drift_${source.state}`)}
          </>
        ),
      ],
      [t("models.modified_at"), source.modified_at && <Timestamp value={source.modified_at} />],
    ]}
  />
);

/** Translated if it is one of ours; API clients may send other names. */
export const SourceName = ({ source, t }: { source: string; t: Translate }) => (
  <Data text={textOr(t, `models.from.${source.replace(/^web_pull_/, "")}`, source)} />
);

type Provider = NonNullable<ModelSourceView["default_provider"]>;

export const ProviderName = ({ provider: { provider_id, exists }, t }: { provider: Provider; t: Translate }) => (
  <>
    <Data text={provider_id} />
    {!exists && ` ${t("models.default_gone")}`}
  </>
);

interface ListProps {
  t: Translate;
  open?: boolean;
  /** How many of each kind to name at most. */
  limit?: number;
}

interface ChangeListsProps extends ListProps {
  changes: ChangesView;
  /** The skipped rows, each with its reason, and the warnings. */
  report: SkippedReport & { warnings?: readonly string[] };
}

/** What a sync changes and what it skips, each kind folded behind its count. */
export const ChangeLists = ({ changes, report, ...props }: ChangeListsProps) => (
  <>
    {(["added", "removed", "changed"] as const).map((kind) => (
      <Fold
        label={`models.${kind}`}
        count={changes[`${kind}_count`]}
        items={changes[kind].map((change) => <Change change={change} t={props.t} />)}
        {...props}
      />
    ))}
    <SkippedList report={report} {...props} />
    <WarningList warnings={report.warnings ?? []} {...props} />
  </>
);

export const SkippedList = ({ report, ...props }: ListProps & { report: SkippedReport }) => (
  <Fold
    label="models.skipped"
    count={report.skipped_count}
    items={report.skipped.map(({ index, provider_id, reason, field }) => (
      <li>
        {provider_id === "" ? props.t("models.row_number", { number: index + 1 }) : <Data text={provider_id} />}
        <span class="why">
          {field !== "" && <code>{field}</code>} {props.t(`import.skip.${reason}`)}
        </span>
      </li>
    ))}
    {...props}
  />
);

export const WarningList = ({ warnings, ...props }: ListProps & { warnings: readonly string[] }) => {
  const items = warnings
    .map((warning) => describeWarning(warning, props.t))
    .filter((sentence) => sentence !== "")
    .map((sentence) => <Data as="li" text={sentence} />);
  return <Fold label="models.warnings" count={items.length} items={items} {...props} />;
};

/** @param props.items the first ones of `count`. */
const Fold = (props: ListProps & { label: TextKey; count: number; items: readonly Child[] }) => {
  const { label, count, t, open = false, limit } = props;
  const items = props.items.slice(0, limit);
  if (count === 0) return null;
  return (
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
};

const Change = ({ change, t }: { change: ChangesView["added" | "changed"][number]; t: Translate }) => {
  const word = (value: string | boolean | undefined): string => {
    if (typeof value === "boolean") return t(value ? "page.yes" : "page.no");
    return value || "-";
  };
  return (
    <li>
      <Data text={change.provider_id} />
      {"model" in change && change.model !== "" && change.model !== change.provider_id && (
        <span class="why">
          <Data text={change.model} />
        </span>
      )}
      {"after" in change &&
        (Object.keys(change.after) as (keyof typeof change.after)[]).map((field) => (
          <span class="why">
            <code>{field}</code> <Data text={word(change.before[field])} /> → <Data text={word(change.after[field])} />
          </span>
        ))}
    </li>
  );
};
