import type { Translate } from "@/locales/translate.ts";
import type { ModelPage } from "@/models/service.ts";
import type { ModelSourceView, SyncHistoryView, SyncView } from "@/models/view.ts";
import { type Frame, Layout } from "./layout.tsx";
import { ModelsCard } from "./model-table.tsx";
import type { ImportNotice } from "./notices.tsx";
import { ChangeLists, PullButton, SkippedList, SyncFacts, SyncPill } from "./sync-parts.tsx";
import { Card, Data, NoticeBar, Timestamp } from "./ui.tsx";

export interface ModelsPageView {
  page: ModelPage;
  last_sync: SyncView | null;
  source: ModelSourceView;
  /** The newest first. */
  history: readonly SyncHistoryView[];
}

export const ModelsPage = (props: { view: ModelsPageView; frame: Frame; notice?: ImportNotice | undefined }) => {
  const { view, frame, notice } = props;
  const { t } = frame;
  const { page, last_sync, source, history } = view;
  return (
    <Layout frame={frame} title={t("nav.models")} path="/web/models">
      <h1>{t("models.heading")}</h1>
      {notice && (
        <NoticeBar {...notice}>{notice.report && <SkippedList report={notice.report} t={t} open />}</NoticeBar>
      )}
      <div class="cards two">
        <Card id="pull" title={t("pull.heading")}>
          <p>{t("pull.explanation")}</p>
          <PullButton t={t} />
          <p class="hint">{t("models.metadata_only")}</p>
        </Card>
        <Card id="last-sync" title={t("models.last_sync")} aside={<SyncPill source={source} t={t} />}>
          <SyncFacts sync={last_sync} source={source} t={t} />
        </Card>
      </div>
      <ModelsCard page={page} t={t} />
      <div class="cards two">
        <ImportCard t={t} />
        {history.length > 0 && <HistoryCard events={history} t={t} />}
      </div>
    </Layout>
  );
};

const ImportCard = ({ t }: { t: Translate }) => (
  <Card id="import" title={t("import.heading")}>
    <p>{t("import.explanation")}</p>
    <form class="fields" method="post" action="/web/models/import" enctype="multipart/form-data">
      <label>
        <span>{t("import.file")}</span>
        <input type="file" name="file" accept=".json,application/json,text/plain" />
      </label>
      <label>
        <span>{t("import.text")}</span>
        <textarea name="text" rows={5} spellcheck={false} autocomplete="off" />
      </label>
      <button type="submit" class="quiet">
        {t("import.preview")}
      </button>
    </form>
    <p class="hint">{t("models.metadata_only")}</p>
  </Card>
);

/** The API has more; a page should stay small. */
const MAX_NAMED = 20;

/** What the latest syncs changed, the newest first. */
const HistoryCard = ({ events, t }: { events: readonly SyncHistoryView[]; t: Translate }) => (
  <Card id="history" title={t("models.history")}>
    <ul class="history">
      {events.map((event) => (
        <li class="sync">
          <p>
            <Timestamp value={event.imported_at} /> <Data text={event.source} />{" "}
            <span class="count">{summaryOf(event, t)}</span>
          </p>
          <ChangeLists changes={event.changes} report={event} t={t} limit={MAX_NAMED} />
        </li>
      ))}
    </ul>
  </Card>
);

const summaryOf = ({ changed, provider_count }: SyncHistoryView, t: Translate): string => {
  const total = t("models.count", { count: provider_count });
  if (changed === true) return total;
  return `${total} · ${t(changed === null ? "models.history_unknown" : "models.history_unchanged")}`;
};
