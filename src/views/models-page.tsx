import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import type { ModelPage } from "@/models/service.ts";
import type { ModelSourceView, SyncHistoryView, SyncView } from "@/models/view.ts";
import { SkippedList } from "./change-lists.tsx";
import type { Frame } from "./frame.ts";
import { HistoryCard } from "./history-card.tsx";
import { Icon } from "./icons.tsx";
import { Layout } from "./layout.tsx";
import { type ImportNotice, type PullNotice, pullFix } from "./model-notices.ts";
import { ModelsCard } from "./model-table.tsx";
import { PullForm, SyncFacts, SyncPill } from "./sync-facts.tsx";
import { Card, Data } from "./ui.tsx";

export interface ModelsPageView {
  page: ModelPage;
  last_sync: SyncView | null;
  source: ModelSourceView;
  /** The newest first. */
  history: readonly SyncHistoryView[];
}

interface ModelsPageProps {
  view: ModelsPageView;
  frame: Frame;
  notice: PullNotice | null;
  importNotice?: ImportNotice | null;
}

export const ModelsPage = ({ view, frame, notice, importNotice = null }: ModelsPageProps) => {
  const { locale } = frame;
  const t = translate(locale);
  const { page, last_sync, source, history } = view;
  return (
    <Layout frame={frame} title={t("nav.models")} path="/web/models">
      <h1>{t("models.heading")}</h1>
      {notice !== null && <PullBar notice={notice} t={t} />}
      {importNotice !== null && <ImportBar notice={importNotice} locale={locale} t={t} />}
      <div class="cards two">
        <Card id="pull" title={t("pull.heading")}>
          <p>{t("pull.explanation")}</p>
          <PullForm t={t} />
          <p class="hint">{t("models.metadata_only")}</p>
        </Card>
        <Card id="last-sync" title={t("models.last_sync")} aside={<SyncPill source={source} t={t} />}>
          <SyncFacts sync={last_sync} source={source} t={t} />
        </Card>
      </div>
      <ModelsCard page={page} t={t} />
      <div class="cards two">
        <ImportCard t={t} />
        {history.length > 0 && <HistoryCard events={history} locale={locale} />}
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

const PullBar = ({ notice, t }: { notice: PullNotice; t: Translate }) => {
  const failed = notice.kind === "fail";
  const cure = failed ? pullFix(notice.code, t) : undefined;
  const tone = failed ? "fault" : "ok";
  return (
    <div class={`notice-bar ${tone}`} role={failed ? "alert" : "status"}>
      <Icon tone={tone} />
      <div>
        <p>
          <Data text={failed ? t("pull.failed", notice) : t("pull.succeeded", notice)} />
        </p>
        {cure !== undefined && <p class="cure">{cure}</p>}
      </div>
    </div>
  );
};

const ImportBar = ({ notice, locale, t }: { notice: ImportNotice; locale: Locale; t: Translate }) => {
  const stored = notice.kind === "stored";
  const tone = stored ? "ok" : "fault";
  return (
    <div class={`notice-bar ${tone}`} role={stored ? "status" : "alert"}>
      <Icon tone={tone} />
      <div>
        <p>
          <Data text={stored ? t("import.stored", notice) : t("import.refused", { text: notice.text })} />
        </p>
        {!stored && <p class="cure">{notice.fix}</p>}
        {!stored && notice.report && (
          <SkippedList skipped={notice.report.skipped} count={notice.report.skipped_count} locale={locale} open />
        )}
      </div>
    </div>
  );
};
