import {
  type AuditEntryView,
  type AuditPageView,
  type AuditQuery,
  type AuditRecordView,
  auditOutcomes,
} from "@/audit/reader.ts";
import { isTextKey, type Translate, translate } from "@/locales/translate.ts";
import { zhCN } from "@/locales/zh-CN.ts";
import { type Frame, Layout, type Live } from "../layout.tsx";
import { Data, Facts, Pill, Timestamp, type Tone } from "../ui.tsx";

interface AuditPageProps {
  page: AuditPageView;
  query: AuditQuery;
  frame: Frame;
  live: Live | undefined;
}

export const AuditPage = ({ page, query, frame, live }: AuditPageProps) => {
  const t = translate(frame.locale);
  return (
    <Layout frame={frame} title={t("audit.heading")} path="/web/audit" live={live}>
      <h1>{t("audit.heading")}</h1>
      <p class="hint">{t("audit.introduction")}</p>
      <Filter query={query} t={t} />
      <AuditRecords page={page} query={query} t={t} />
    </Layout>
  );
};

/** "" without a filter, for the addresses of the page and of its event stream. */
const auditQuery = (query: AuditQuery): string => {
  const set = Object.entries(query).filter(([, value]) => value !== "");
  return set.length === 0 ? "" : `?${new URLSearchParams(set)}`;
};

interface AuditRecordsProps {
  page: AuditPageView;
  query: AuditQuery;
  t: Translate;
}

/** The live part of the page. */
const AuditRecords = ({ page: { entries, next }, query, t }: AuditRecordsProps) => (
  <div id="records" class="stretch">
    {entries.length === 0 ? (
      <Nothing query={query} t={t} />
    ) : (
      <ul class="records">
        {entries.map((entry) => (
          <Entry entry={entry} t={t} />
        ))}
      </ul>
    )}
    <nav class="pages" aria-label={t("audit.heading")}>
      {query.before !== "" && <a href={`/web/audit${auditQuery({ ...query, before: "" })}`}>{t("audit.newest")}</a>}
      {next !== "" && <a href={`/web/audit${auditQuery({ ...query, before: next })}`}>{t("audit.older")}</a>}
    </nav>
  </div>
);

/** The actions that the service records: each has a name. */
const knownActions = Object.keys(zhCN).flatMap((key) => /^audit\.action\.(.+)/.exec(key)?.[1] ?? []);

const Filter = ({ query, t }: { query: AuditQuery; t: Translate }) => {
  const actions = new Set<string>(query.action === "" ? knownActions : [...knownActions, query.action]);
  return (
    <form class="filter" method="get" action="/web/audit">
      <label>
        <span>{t("audit.action")}</span>
        <select name="action">
          <option value="">{t("page.all")}</option>
          {[...actions].map((action) => (
            <option value={action} selected={action === query.action}>
              {nameOf("action", action, t)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{t("audit.outcome")}</span>
        <select name="outcome">
          <option value="">{t("page.all")}</option>
          {auditOutcomes.map((outcome) => (
            <option value={outcome} selected={outcome === query.outcome}>
              {t(`audit.outcome.${outcome}`)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" class="quiet">
        {t("audit.filter")}
      </button>
    </form>
  );
};

/** An action or status of the log in the reader's language; one without a translation is shown as it is. */
const nameOf = (kind: "action" | "status", code: string, t: Translate): string => {
  const [key] = [`audit.${kind}.${code}`, `job.state.${code}`].filter(isTextKey);
  return key ? t(key) : code;
};

const Nothing = ({ query, t }: { query: AuditQuery; t: Translate }) => {
  const isFiltered = query.action !== "" || query.outcome !== "" || query.before !== "";
  return (
    <div class="empty">
      <p>{t(isFiltered ? "audit.no_match" : "audit.none")}</p>
      {!isFiltered && <p class="hint">{t("audit.none_yet")}</p>}
    </div>
  );
};

const Entry = ({ entry, t }: { entry: AuditEntryView; t: Translate }) => {
  if (entry.kind === "unreadable") {
    return (
      <li class="record">
        <Pill tone="off">?</Pill>
        <p class="what hint">{t("audit.unreadable", { bytes: entry.bytes })}</p>
      </li>
    );
  }
  return (
    <li class="record">
      <Pill tone={toneOf(entry)}>
        <Data text={nameOf("status", entry.status, t)} />
      </Pill>
      <p class="what">
        <strong>
          <Data text={nameOf("action", entry.action, t)} />
        </strong>
        {entry.error_code !== "" && <code dir="auto">{entry.error_code}</code>}
        {entry.error !== "" && entry.error !== entry.error_code && <Data text={entry.error} />}
        {entry.job_id !== "" && <JobLink jobId={entry.job_id} />}
      </p>
      <Timestamp value={entry.time} />
      <details class="fold">
        <summary>{entry.trace_id === "" ? "-" : <Data text={entry.trace_id} />}</summary>
        <Facts
          rows={[
            ["action_type", <Data text={`${entry.category} / ${entry.action}`} />],
            [t("audit.reason"), <Data text={entry.reason} />],
            [t("audit.params"), entry.params !== "" && <code dir="auto">{entry.params}</code>],
          ]}
        />
      </details>
    </li>
  );
};

/** A canceled job is no failure. */
const toneOf = ({ denied, status }: AuditRecordView): Tone => {
  if (status === "canceled") return "off";
  return denied ? "fault" : "ok";
};

/** A link only if it looks like a job's id. */
const JobLink = ({ jobId }: { jobId: string }) =>
  /^[0-9a-f]{16}$/.test(jobId) ? <a href={`/web/jobs/${jobId}`}>{jobId}</a> : <Data text={jobId} />;
