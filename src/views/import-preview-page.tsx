import type { ImportPreview } from "@/models/manual-import.ts";
import { type Frame, Layout } from "./layout.tsx";
import { ChangeLists, DefaultProvider } from "./sync-parts.tsx";
import { Card, Facts, NoticeBar } from "./ui.tsx";

/** Lists are unfolded up to this many changes. */
const MAX_OPEN = 30;

/** What an import by hand would change. The form carries the data: the server keeps nothing in between. */
export const ImportPreviewPage = ({ preview, frame }: { preview: ImportPreview; frame: Frame }) => {
  const { t } = frame;
  const { changes, report, payload, providerCount, defaultProvider } = preview;
  const total = changes.added_count + changes.removed_count + changes.changed_count;
  const counts = (["added", "removed", "changed"] as const).map(
    (kind) => `${t(`models.${kind}`)} ${changes[`${kind}_count`]}`,
  );
  const provider = defaultProvider ? <DefaultProvider provider={defaultProvider} t={t} /> : t("models.not_named");
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
