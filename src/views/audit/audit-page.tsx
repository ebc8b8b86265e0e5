import {
  type AuditEntryView,
  type AuditPageView,
  type AuditQuery,
  type AuditRecordView,
  auditOutcomes,
} from "@/audit/entry.ts";
import { auditActionTexts, auditOutcomeTexts, auditStatusTexts } from "@/locales/audit-page.ts";
import type { Locale, Translated } from "@/locales/locale.ts";
import { type Translate, translator } from "@/locales/pages.ts";
import type { Frame } from "../frame.ts";
import type { Tone } from "../icons.tsx";
import { Layout, type Live } from "../layout.tsx";
import { Data, Fact, Facts, Pill, Timestamp } from "../ui.tsx";
import { auditQuery } from "./audit-query.ts";

interface AuditPageProps {
  page: AuditPageView;
  query: AuditQuery;
  frame: Frame;
  live: Live | undefined;
}

export const AuditPage = ({ page, query, frame, live }: AuditPageProps) => {
  const { locale } = frame;
  const t = translator(locale);
  return (
    <Layout frame={frame} title={t("auditHeading")} path="/web/audit" live={live}>
      <h1>{t("auditHeading")}</h1>
      <p class="hint">{t("auditIntroduction")}</p>
      <Filter query={query} locale={locale} t={t} />
      <AuditRecords page={page} query={query} locale={locale} />
    </Layout>
  );
};

/** The part of the page that changes by itself. */
export const AuditRecords = ({ page: { entries, next }, query, locale }: Omit<FilterProps, "t"> & Records) => {
  const t = translator(locale);
  return (
    <div id="records" class="stretch">
      {entries.length === 0 ? (
        <Nothing query={query} t={t} />
      ) : (
        <ul class="records">
          {entries.map((entry) => (
            <Entry entry={entry} locale={locale} t={t} />
          ))}
        </ul>
      )}
      <nav class="pages" aria-label={t("auditHeading")}>
        {query.before !== "" && <a href={`/web/audit${auditQuery({ ...query, before: "" })}`}>{t("auditNewest")}</a>}
        {next !== "" && <a href={`/web/audit${auditQuery({ ...query, before: next })}`}>{t("auditOlder")}</a>}
      </nav>
    </div>
  );
};

interface Records {
  page: AuditPageView;
}

interface FilterProps {
  query: AuditQuery;
  locale: Locale;
  t: Translate;
}

const Filter = ({ query, locale, t }: FilterProps) => {
  const known = Object.keys(auditActionTexts);
  const actions = query.action === "" || known.includes(query.action) ? known : [...known, query.action];
  return (
    <form class="filter" method="get" action="/web/audit">
      <label>
        <span>{t("auditAction")}</span>
        <select name="action">
          <option value="">{t("auditAll")}</option>
          {actions.map((action) => (
            <option value={action} selected={action === query.action}>
              {nameIn(auditActionTexts, action, locale)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t("auditOutcome")}</span>
        <select name="outcome">
          <option value="">{t("auditAll")}</option>
          {auditOutcomes.map((outcome) => (
            <option value={outcome} selected={outcome === query.outcome}>
              {auditOutcomeTexts[outcome][locale]}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="quiet">
        {t("auditFilter")}
      </button>
    </form>
  );
};

type Names = Readonly<Record<string, Translated>>;

/** What the log says, in the reader's words where there are some. */
const nameIn = (names: Names, code: string, locale: Locale): string =>
  (Object.hasOwn(names, code) ? names[code]?.[locale] : undefined) ?? code;

const Nothing = ({ query, t }: { query: AuditQuery; t: Translate }) => {
  const isFiltered = query.action !== "" || query.outcome !== "" || query.before !== "";
  return (
    <div class="empty">
      <p>{t(isFiltered ? "auditNoMatch" : "auditNone")}</p>
      {!isFiltered && <p class="hint">{t("auditNoneYet")}</p>}
    </div>
  );
};

const Entry = ({ entry, locale, t }: { entry: AuditEntryView; locale: Locale; t: Translate }) => {
  if (entry.kind === "unreadable") {
    return (
      <li class="record">
        <Pill tone="off">?</Pill>
        <p class="what hint">{t("auditUnreadable", { bytes: entry.bytes })}</p>
      </li>
    );
  }
  return (
    <li class="record">
      <Pill tone={toneOf(entry)}>
        <Data text={nameIn(auditStatusTexts, entry.status, locale)} />
      </Pill>
      <p class="what">
        <strong>
          <Data text={nameIn(auditActionTexts, entry.action, locale)} />
        </strong>
        {entry.error_code !== "" && <code dir="auto">{entry.error_code}</code>}
        {entry.error !== "" && entry.error !== entry.error_code && <Data text={entry.error} />}
        {entry.job_id !== "" && <JobLink jobId={entry.job_id} />}
      </p>
      <Timestamp value={entry.time} />
      <details class="fold">
        <summary>{entry.trace_id === "" ? "-" : <Data text={entry.trace_id} />}</summary>
        <Facts>
          <Fact label="action_type">
            <Data text={`${entry.category} / ${entry.action}`} />
          </Fact>
          <Fact label={t("auditReason")}>
            <Data text={entry.reason} />
          </Fact>
          {entry.params !== "" && (
            <Fact label={t("auditParams")}>
              <code dir="auto">{entry.params}</code>
            </Fact>
          )}
        </Facts>
      </details>
    </li>
  );
};

/** Whoever cancels a job meant to. */
const toneOf = ({ denied, status }: AuditRecordView): Tone => {
  if (status === "canceled") return "off";
  return denied ? "fault" : "ok";
};

/** Only what can be a job's id leads anywhere. */
const JobLink = ({ jobId }: { jobId: string }) =>
  /^[0-9a-f]{16}$/.test(jobId) ? <a href={`/web/jobs/${jobId}`}>{jobId}</a> : <Data text={jobId} />;
