import type { TextKey, Translate } from "@/locales/translate.ts";
import type { ModelSourceView, SyncView } from "@/models/view.ts";
import { Data, Fact, Facts, Pill, type StateText, Timestamp } from "./ui.tsx";

/** The last sync, and how AstrBot stands to it now. */
export const SyncFacts = ({ sync, source, t }: { sync: SyncView | null; source: ModelSourceView; t: Translate }) => (
  <Facts>
    {sync !== null && (
      <>
        <Fact label={t("models.imported_at")}>
          <Timestamp value={sync.imported_at} />
        </Fact>
        <Fact label={t("models.source")}>
          <Data text={sync.source} />
        </Fact>
        <Fact label={t("models.provider_count")}>{sync.provider_count}</Fact>
        <Fact label={t("models.trace_id")}>
          <Data text={sync.trace_id} />
        </Fact>
      </>
    )}
    {source.default_provider !== null && (
      <Fact label={t("models.default_provider")}>
        <Data text={source.default_provider.provider_id} />
        {!source.default_provider.exists && ` ${t("models.default_gone")}`}
      </Fact>
    )}
    {source.state !== "never_synced" && (
      <Fact label={t("models.drift")}>
        <code>{source.source}</code> {t(FILE_STATES[source.state])}
      </Fact>
    )}
    {source.modified_at !== null && (
      <Fact label={t("models.modified_at")}>
        <Timestamp value={source.modified_at} />
      </Fact>
    )}
  </Facts>
);

const FILE_STATES: Record<Exclude<ModelSourceView["state"], "never_synced">, TextKey> = {
  unchanged: "models.drift_unchanged",
  changed: "models.drift_changed",
  missing: "models.drift_missing",
  unreadable: "models.drift_unreadable",
};

export const SyncPill = ({ source: { state }, t }: { source: ModelSourceView; t: Translate }) => {
  const { tone, text } = PILLS[state] ?? SYNCED;
  return <Pill tone={tone}>{t(text)}</Pill>;
};

const SYNCED: StateText = { tone: "ok", text: "models.synced" };
const PILLS: Partial<Record<ModelSourceView["state"], StateText>> = {
  never_synced: { tone: "notice", text: "models.never_synced" },
  changed: { tone: "notice", text: "models.drift_changed" },
};

/** The one button that syncs. */
export const PullForm = ({ t }: { t: Translate }) => (
  <form method="post" action="/web/models/pull-astr">
    <button type="submit">{t("pull.button")}</button>
  </form>
);
