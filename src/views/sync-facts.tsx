import type { PageTextKey, Translate } from "@/locales/pages.ts";
import type { ModelSourceView, SyncView } from "@/models/view.ts";
import { Data, Fact, Facts, Pill, type StateText, Timestamp } from "./ui.tsx";

/** The last sync, and how AstrBot stands to it now. */
export const SyncFacts = ({ sync, source, t }: { sync: SyncView | null; source: ModelSourceView; t: Translate }) => (
  <Facts>
    {sync !== null && (
      <>
        <Fact label={t("importedAt")}>
          <Timestamp value={sync.imported_at} />
        </Fact>
        <Fact label={t("source")}>
          <Data text={sync.source} />
        </Fact>
        <Fact label={t("providerCount")}>{sync.provider_count}</Fact>
        <Fact label={t("traceId")}>
          <Data text={sync.trace_id} />
        </Fact>
      </>
    )}
    {source.default_provider !== null && (
      <Fact label={t("defaultProvider")}>
        <Data text={source.default_provider.provider_id} />
        {!source.default_provider.exists && ` ${t("defaultGone")}`}
      </Fact>
    )}
    {source.state !== "never_synced" && (
      <Fact label={t("drift")}>
        <code>{source.source}</code> {t(FILE_STATES[source.state])}
      </Fact>
    )}
    {source.modified_at !== null && (
      <Fact label={t("modifiedAt")}>
        <Timestamp value={source.modified_at} />
      </Fact>
    )}
  </Facts>
);

const FILE_STATES: Record<Exclude<ModelSourceView["state"], "never_synced">, PageTextKey> = {
  unchanged: "driftUnchanged",
  changed: "driftChanged",
  missing: "driftMissing",
  unreadable: "driftUnreadable",
};

export const SyncPill = ({ source: { state }, t }: { source: ModelSourceView; t: Translate }) => {
  const { tone, text } = PILLS[state] ?? SYNCED;
  return <Pill tone={tone}>{t(text)}</Pill>;
};

const SYNCED: StateText = { tone: "ok", text: "synced" };
const PILLS: Partial<Record<ModelSourceView["state"], StateText>> = {
  never_synced: { tone: "notice", text: "neverSynced" },
  changed: { tone: "notice", text: "driftChanged" },
};

/** The one button that syncs. */
export const PullForm = ({ t }: { t: Translate }) => (
  <form method="post" action="/web/models/pull-astr">
    <button type="submit">{t("pullButton")}</button>
  </form>
);
