import type { Locale } from "@/i18n/locale.ts";
import { type Translate, translator } from "@/i18n/pages.ts";
import type { StoredProviderView, SyncView } from "@/models/view.ts";
import { Icon } from "./icons.tsx";
import { Layout } from "./layout.tsx";
import { type PullNotice, pullCure } from "./pull-notice.ts";
import { SyncFacts } from "./status-cards.tsx";
import { Card, Data, Pill, Timestamp } from "./ui.tsx";

export interface ModelsPageView {
  models: readonly StoredProviderView[];
  last_sync: SyncView | null;
}

interface ModelsPageProps {
  view: ModelsPageView;
  locale: Locale;
  notice: PullNotice | null;
}

export const ModelsPage = ({ view: { models, last_sync }, locale, notice }: ModelsPageProps) => {
  const t = translator(locale);
  return (
    <Layout locale={locale} path="/web/models">
      <h1>{t("modelsHeading")}</h1>
      {notice !== null && <Notice notice={notice} locale={locale} t={t} />}
      <div class="cards two">
        <Card id="pull" title={t("pullHeading")}>
          <p>{t("pullExplanation")}</p>
          <form method="post" action="/web/models/pull-astr">
            <button type="submit">{t("pullButton")}</button>
          </form>
          <p class="hint">{t("metadataOnly")}</p>
        </Card>
        <Card
          id="last-sync"
          title={t("lastSync")}
          aside={
            <Pill tone={last_sync === null ? "notice" : "ok"}>{t(last_sync === null ? "neverSynced" : "synced")}</Pill>
          }
        >
          {last_sync !== null && <SyncFacts sync={last_sync} t={t} />}
        </Card>
      </div>
      <Card
        id="models"
        title={t("models")}
        aside={<span class="count">{t("modelCount", { count: models.length })}</span>}
      >
        {models.length === 0 ? <Empty t={t} /> : <ModelTable models={models} />}
      </Card>
    </Layout>
  );
};

const Notice = ({ notice, locale, t }: { notice: PullNotice; locale: Locale; t: Translate }) => {
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

const Empty = ({ t }: { t: Translate }) => (
  <div class="empty">
    <p>{t("noModels")}</p>
    <p class="hint">{t("noModelsCure")}</p>
  </div>
);

/** Headed by the API's own field names, which need no translation. */
const columns = ["provider_id", "model", "provider_type", "base_url", "source", "imported_at"] as const;

const ModelTable = ({ models }: { models: readonly StoredProviderView[] }) => (
  <table>
    <thead>
      <tr>
        {columns.map((column) => (
          <th scope="col" class={`col-${column}`}>
            {column}
          </th>
        ))}
      </tr>
    </thead>
    <tbody>
      {models.map((model) => (
        <tr>
          {columns.map((column) => (
            <td data-label={column}>
              {column === "imported_at" ? <Timestamp value={model[column]} /> : <Data text={model[column]} />}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);
