import type { Translate } from "@/locales/translate.ts";
import type { ModelPage } from "@/models/service.ts";
import { Capability, type StoredProviderView } from "@/models/view.ts";
import { Card, Data, PageLink, Pill, Timestamp } from "./ui.tsx";

/** The stored models: searched and paged on the server, so that thousands stay usable without a script. */
export const ModelsCard = ({ page, t }: { page: ModelPage; t: Translate }) => (
  <Card id="models" title={t("models.list")} aside={<span class="count">{countOf(page, t)}</span>}>
    {page.total === 0 ? (
      <div class="empty">
        <p>{t("models.none")}</p>
        <p class="hint">{t("models.none_fix")}</p>
      </div>
    ) : (
      <>
        <SearchForm page={page} t={t} />
        {page.matching === 0 ? <p class="hint">{t("models.no_matches")}</p> : <ModelTable models={page.models} t={t} />}
        {page.pages > 1 && <Pages page={page} t={t} />}
      </>
    )}
  </Card>
);

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
    <select name="capability" aria-label={t("models.capability")}>
      <option value="">{t("models.all_capabilities")}</option>
      {Capability.options.map((known) => (
        <option value={known} selected={known === capability}>
          {known}
        </option>
      ))}
    </select>
    <button type="submit" class="quiet">
      {t("models.search")}
    </button>
    {(text !== "" || capability !== "") && <a href="/web/models#models">{t("models.clear_search")}</a>}
  </form>
);

const countOf = ({ matching, total }: ModelPage, t: Translate): string =>
  matching === total ? t("models.count", { count: total }) : t("models.matches", { matching, total });

/** Headed by the API's own field names, which need no translation. */
const columns = ["provider_id", "model", "capability", "provider_type", "base_url", "source", "imported_at"] as const;

const ModelTable = ({ models, t }: { models: readonly StoredProviderView[]; t: Translate }) => (
  <table class="models">
    <thead>
      <tr>
        {columns.map((column) => (
          <th scope="col">{column}</th>
        ))}
      </tr>
    </thead>
    <tbody>
      {models.map((model) => (
        <tr>
          {columns.map((column) => (
            <td data-label={column}>
              <Cell model={model} column={column} t={t} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

const Cell = ({ model, column, t }: { model: StoredProviderView; column: (typeof columns)[number]; t: Translate }) => {
  switch (column) {
    case "imported_at":
      return <Timestamp value={model.imported_at} />;
    case "provider_id":
      return (
        <span class="stack">
          <Data text={model.provider_id} />
          {model.is_default && <Pill tone="ok">{t("models.default")}</Pill>}
          {!model.enabled && <Pill tone="off">{t("models.disabled")}</Pill>}
        </span>
      );
    case "capability":
      return (
        <span class="stack">
          <Data text={model.capability} />
          {model.vendor !== "" && (
            <span class="vendor">
              <Data text={model.vendor} />
            </span>
          )}
        </span>
      );
    default:
      return <Data text={model[column]} />;
  }
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
