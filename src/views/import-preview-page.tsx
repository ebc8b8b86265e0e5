import { translate } from "@/locales/translate.ts";
import type { ImportPreview } from "@/models/manual-import.ts";
import { ChangeLists, SkippedList } from "./change-lists.tsx";
import type { Frame } from "./frame.ts";
import { Icon } from "./icons.tsx";
import { Layout } from "./layout.tsx";
import { Card, Data, Fact, Facts } from "./ui.tsx";

/** Which list of changes is short enough to lie open. */
const MAX_OPEN = 30;

/** What an import by hand would change. The form carries the data: the server keeps nothing in between. */
export const ImportPreviewPage = ({ preview, frame }: { preview: ImportPreview; frame: Frame }) => {
  const { locale } = frame;
  const t = translate(locale);
  const { changes, report, payload, providerCount, defaultProvider } = preview;
  const total = changes.added_count + changes.removed_count + changes.changed_count;
  return (
    <Layout frame={frame} title={t("nav.models")} path="/web/models">
      <h1>{t("import.preview_heading")}</h1>
      <div class="notice-bar notice" role="status">
        <Icon tone="notice" />
        <p>{t("import.preview_nothing_stored")}</p>
      </div>
      <Card
        id="changes"
        title={t("import.preview_summary", { count: providerCount })}
        aside={
          <span class="count">
            {t("models.added")} {changes.added_count} · {t("models.removed")} {changes.removed_count} ·{" "}
            {t("models.changed")} {changes.changed_count}
          </span>
        }
      >
        <Facts>
          <Fact label={t("models.default_provider")}>
            {defaultProvider === null ? t("models.not_named") : <Data text={defaultProvider.provider_id} />}
            {defaultProvider?.exists === false && ` ${t("models.default_gone")}`}
          </Fact>
        </Facts>
        {total === 0 && <p>{t("import.preview_no_change")}</p>}
        <ChangeLists changes={changes} t={t} open={total <= MAX_OPEN} />
        <SkippedList skipped={report.skipped} count={report.skipped_count} locale={locale} open={total <= MAX_OPEN} />
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
