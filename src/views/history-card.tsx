import type { Locale } from "@/locales/locale.ts";
import { type Translate, translate } from "@/locales/translate.ts";
import type { SyncHistoryView } from "@/models/view.ts";
import { ChangeLists, SkippedList } from "./change-lists.tsx";
import { Card, Data, Timestamp } from "./ui.tsx";

/** The API has more; a page should stay small. */
const MAX_NAMED = 20;

/** What the latest syncs changed, the newest first. */
export const HistoryCard = ({ events, locale }: { events: readonly SyncHistoryView[]; locale: Locale }) => {
  const t = translate(locale);
  return (
    <Card id="history" title={t("models.history")}>
      <ul class="history">
        {events.map((event) => (
          <li class="sync">
            <p>
              <Timestamp value={event.imported_at} /> <Data text={event.source} />{" "}
              <span class="count">{summaryOf(event, t)}</span>
            </p>
            <ChangeLists changes={event.changes} t={t} open={false} most={MAX_NAMED} />
            <SkippedList skipped={event.skipped.slice(0, MAX_NAMED)} count={event.skipped_count} locale={locale} />
          </li>
        ))}
      </ul>
    </Card>
  );
};

const summaryOf = ({ changed, provider_count }: SyncHistoryView, t: Translate): string => {
  const total = t("models.count", { count: provider_count });
  if (changed === true) return total;
  return `${total} · ${t(changed === null ? "models.history_unknown" : "models.history_unchanged")}`;
};
