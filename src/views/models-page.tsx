import type { Translate } from "@/locales/translate.ts";
import type { ImportPreview } from "@/models/manual-import.ts";
import type { ModelPage } from "@/models/service.ts";
import type { ModelSourceView, SyncHistoryView, SyncView } from "@/models/view.ts";
import { type Frame, Layout } from "./layout.tsx";
import { ModelsCard } from "./model-table.tsx";
import { ChangeLists, ProviderName, SourceName, SyncFacts, WarningList } from "./sync-parts.tsx";
import { Card, Facts, type Notice, NoticeBar, Pill, PostButton, Timestamp } from "./ui.tsx";

export interface ModelsPageView {
  page: ModelPage;
  last_sync: SyncView | null;
  source: ModelSourceView;
  /** The newest first. */
  history: readonly SyncHistoryView[];
}

/** Of each kind of change in the history; the API has more. */
const MAX_NAMED = 5;
/** Lists are unfolded up to this many changes. */
const MAX_OPEN = 30;

export interface ModelsPageProps {
  view: ModelsPageView;
  frame: Frame;
  notice?: Notice | undefined;
  /** Why an import was refused. */
  refusal?: Notice;
  /** What was pasted, which the form keeps. */
  pasted?: string;
}

export const ModelsPage = ({ view, frame, notice, refusal, pasted }: ModelsPageProps) => {
  const { t } = frame;
  const { page, last_sync, source, history } = view;
  return (
    <Layout frame={frame} title={t("nav.models")} path="/web/models">
      <h1>{t("models.heading")}</h1>
      {notice && <NoticeBar {...notice} />}
      <div class="cards">
        <Card id="pull" title={t("pull.heading")}>
          <p>{t("pull.explanation")}</p>
          <PostButton action="/web/models/pull-astr" label={t("pull.button")} />
          <p class="hint">{t("models.metadata_only")}</p>
        </Card>
        <Card id="last-sync" title={t("models.last_sync")} aside={<SyncPill state={source.state} t={t} />}>
          <SyncFacts sync={last_sync} source={source} t={t} />
          <WarningList warnings={history[0]?.warnings ?? []} t={t} open />
        </Card>
      </div>
      <ModelsCard page={page} t={t} />
      <div class="cards">
        <Card id="import" title={t("import.heading")}>
          <p>{t("import.explanation")}</p>
          {refusal && <NoticeBar {...refusal} />}
          <form class="fields" method="post" action="/web/models/import" enctype="multipart/form-data">
            <label>
              <span>{t("import.file")}</span>
              <input type="file" name="file" accept=".json,application/json,text/plain" />
            </label>
            <label>
              <span>{t("import.text")}</span>
              <textarea name="text" rows={5} spellcheck={false} autocomplete="off" autofocus={refusal !== undefined}>
                {/* A line break at the very beginning would be lost. */}
                {pasted && `\n${pasted}`}
              </textarea>
            </label>
            <button type="submit" class="quiet">
              {t("import.preview")}
            </button>
          </form>
          <p class="hint">{t("models.metadata_only")}</p>
        </Card>
        {history.length > 0 && (
          <Card id="history" title={t("models.history")}>
            <ul class="history">
              {history.map((event) => (
                <li class="sync">
                  <p>
                    <Timestamp value={event.imported_at} /> <SourceName source={event.source} t={t} />{" "}
                    <span class="count">{summaryOf(event, t)}</span>
                  </p>
                  <ChangeLists changes={event.changes} report={event} t={t} limit={MAX_NAMED} />
                </li>
              ))}
            </ul>
          </Card>
        )}
      </div>
    </Layout>
  );
};

const SyncPill = ({ state, t }: { state: ModelSourceView["state"]; t: Translate }) => {
  if (state === "never_synced") return <Pill tone="notice">{t("models.never_synced")}</Pill>;
  if (state === "changed") return <Pill tone="notice">{t("models.drift_changed")}</Pill>;
  return <Pill tone="ok">{t("models.synced")}</Pill>;
};

const summaryOf = ({ changed, provider_count }: SyncHistoryView, t: Translate): string => {
  const total = t("models.count", { count: provider_count });
  if (changed === true) return total;
  return `${total} · ${t(changed === null ? "models.history_unknown" : "models.history_unchanged")}`;
};

/** What an import by hand would change. The form carries the data: the server keeps nothing in between. */
export const ImportPreviewPage = ({ preview, frame }: { preview: ImportPreview; frame: Frame }) => {
  const { t } = frame;
  const { changes, report, payload, providerCount, defaultProvider } = preview;
  const total = changes.added_count + changes.removed_count + changes.changed_count;
  const counts = (["added", "removed", "changed"] as const).map(
    (kind) => `${t(`models.${kind}`)} ${changes[`${kind}_count`]}`,
  );
  const provider = defaultProvider ? <ProviderName provider={defaultProvider} t={t} /> : t("models.not_named");
  return (
    <Layout frame={frame} title={t("nav.models")} path="/web/models">
      <h1>{t("import.preview_heading")}</h1>
      <NoticeBar tone="notice" text={t("import.preview_nothing_stored")} />
      <Card
        id="changes"
        title={t("import.preview_summary", { count: providerCount })}
        aside={<span class="count">{counts.join(" · ")}</span>}
      >
        <Facts rows={[[t("models.default_provider"), provider]]} />
        {total === 0 && <p>{t("import.preview_no_change")}</p>}
        <ChangeLists changes={changes} report={report} t={t} open={total <= MAX_OPEN} />
        <div class="actions">
          {total > 0 && (
            <form method="post" action="/web/models/import/confirm" enctype="multipart/form-data">
              <input type="hidden" name="payload" value={payload} />
              <button type="submit">{t("import.confirm")}</button>
            </form>
          )}
          <a href="/web/models">{t("import.cancel")}</a>
        </div>
      </Card>
    </Layout>
  );
};
