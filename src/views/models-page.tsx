import type { Locale } from "@/locales/locale.ts";
import { type Translate, translator } from "@/locales/pages.ts";
import type { ModelPageView, ModelSourceView, SyncHistoryView, SyncView } from "@/models/view.ts";
import { SkippedList } from "./change-lists.tsx";
import type { Frame } from "./frame.ts";
import { HistoryCard } from "./history-card.tsx";
import { Icon } from "./icons.tsx";
import type { ImportNotice } from "./import-notice.ts";
import { Layout } from "./layout.tsx";
import { ModelsCard } from "./model-table.tsx";
import { type PullNotice, pullCure } from "./pull-notice.ts";
import { PullForm, SyncFacts, SyncPill } from "./sync-facts.tsx";
import { Card, Data } from "./ui.tsx";

export interface ModelsPageView {
  page: ModelPageView;
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
  const t = translator(locale);
  const { page, last_sync, source, history } = view;
  return (
    <Layout frame={frame} title={t("navModels")} path="/web/models">
      <h1>{t("modelsHeading")}</h1>
      {notice !== null && <PullBar notice={notice} locale={locale} t={t} />}
      {importNotice !== null && <ImportBar notice={importNotice} locale={locale} t={t} />}
      <div class="cards two">
        <Card id="pull" title={t("pullHeading")}>
          <p>{t("pullExplanation")}</p>
          <PullForm t={t} />
          <p class="hint">{t("metadataOnly")}</p>
        </Card>
        <Card id="last-sync" title={t("lastSync")} aside={<SyncPill source={source} t={t} />}>
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
  <Card id="import" title={t("importHeading")}>
    <p>{t("importExplanation")}</p>
    <form class="fields" method="post" action="/web/models/import" enctype="multipart/form-data">
      <label>
        <span>{t("importFile")}</span>
        <input type="file" name="file" accept=".json,application/json,text/plain" />
      </label>
      <label>
        <span>{t("importText")}</span>
        <textarea name="text" rows={5} spellcheck={false} autocomplete="off" />
      </label>
      <button type="submit" class="quiet">
        {t("importPreview")}
      </button>
    </form>
    <p class="hint">{t("metadataOnly")}</p>
  </Card>
);

const PullBar = ({ notice, locale, t }: { notice: PullNotice; locale: Locale; t: Translate }) => {
  const failed = notice.kind === "fail";
  const cure = failed ? pullCure(notice.code, locale) : undefined;
  const tone = failed ? "fault" : "ok";
  return (
    <div class={`notice-bar ${tone}`} role={failed ? "alert" : "status"}>
      <Icon tone={tone} />
      <div>
        <p>
          <Data text={failed ? t("pullFailed", notice) : t("pullSucceeded", notice)} />
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
          <Data text={stored ? t("importStored", notice) : t("importRefused", { text: notice.text })} />
        </p>
        {!stored && <p class="cure">{notice.cure}</p>}
        {!stored && <SkippedList skipped={notice.skipped} count={notice.skippedCount} locale={locale} open />}
      </div>
    </div>
  );
};
