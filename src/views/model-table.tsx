import { type Translate, textOr } from "@/locales/translate.ts";
import { capabilities } from "@/models/capability.ts";
import type { ModelPage } from "@/models/service.ts";
import type { StoredProviderView } from "@/models/view.ts";
import { Card, Data, Empty, PageLink, Pill, Select } from "./ui.tsx";

/** The stored models: searched and paged on the server, so that thousands stay usable without a script. */
export const ModelsCard = ({ page, t }: { page: ModelPage; t: Translate }) => {
  const { matching, total } = page;
  const count = matching === total ? t("models.count", { count: total }) : t("models.matches", { matching, total });
  return (
    <Card
      id="models"
      title={t("models.list")}
      aside={
        <span class="count" role="status">
          {count}
        </span>
      }
    >
      {total === 0 ? (
        <Empty text={t("models.none")} fix={t("models.none_fix")} />
      ) : (
        <>
          <SearchForm page={page} t={t} />
          {matching === 0 ? (
            <p class="hint">{t("models.no_matches")}</p>
          ) : (
            <table class="models">
              <thead>
                <tr>
                  {columns.map((column) => (
                    <th scope="col">{t(`models.column_${column}`)}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {page.models.map((model) => (
                  <Row model={model} t={t} />
                ))}
              </tbody>
            </table>
          )}
          {page.pages > 1 && <Pages page={page} t={t} />}
        </>
      )}
    </Card>
  );
};

const SearchForm = ({ page: { text, capability }, t }: { page: ModelPage; t: Translate }) => (
  <form class="search" method="get" action="/web/models#models">
    <input
      type="search"
      name="q"
      value={text}
      maxlength={200}
      aria-label={t("models.search_label")}
      placeholder={t("models.search_hint")}
    />
    <Select
      name="capability"
      label={t("models.column_capability")}
      all={t("models.all_capabilities")}
      options={capabilities.map((known) => [known, t(`models.capability.${known}`)])}
      selected={capability}
    />
    <button type="submit" class="quiet">
      {t("page.search")}
    </button>
    {(text !== "" || capability !== "") && <a href="/web/models#models">{t("models.clear_search")}</a>}
  </form>
);

const columns = ["provider", "model", "capability", "base_url"] as const;

/** What all rows share, such as the time of the sync, is shown once, above the table. */
const Row = ({ model, t }: { model: StoredProviderView; t: Translate }) => {
  // The predecessor stored no capability, and a later version may store others.
  const capability = textOr(t, `models.capability.${model.capability}`, model.capability || model.provider_type);
  return (
    <tr>
      <td>
        <Data text={model.provider_id} /> {model.is_default && <Pill tone="ok">{t("models.default")}</Pill>}
        {!model.enabled && <Pill tone="off">{t("models.disabled")}</Pill>}
      </td>
      <Data as="td" text={model.model} />
      <td>
        <span title={model.provider_type}>
          <Data text={capability} /> {model.vendor !== "" && <bdi class="vendor">{model.vendor}</bdi>}
        </span>
      </td>
      <Data as="td" text={model.base_url} />
    </tr>
  );
};

const Pages = ({ page: { text, capability, page, pages }, t }: { page: ModelPage; t: Translate }) => {
  const href = (number: number) =>
    number < 1 || number > pages
      ? undefined
      : `/web/models?${new URLSearchParams({ q: text, capability, page: String(number) })}#models`;
  return (
    <nav class="pages" aria-label={t("models.list")}>
      <PageLink href={href(page - 1)}>{t("models.previous_page")}</PageLink>
      <span>{t("models.page_of", { page, pages })}</span>
      <PageLink href={href(page + 1)}>{t("models.next_page")}</PageLink>
    </nav>
  );
};
