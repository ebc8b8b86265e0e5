import {
  type AuditEntryView,
  type AuditPageView,
  type AuditQuery,
  type AuditRecordView,
  auditOutcomes,
} from "@/audit/reader.ts";
import { isTextKey, type Translate } from "@/locales/translate.ts";
import { zhCN } from "@/locales/zh-CN.ts";
import { type Frame, Layout } from "../layout.tsx";
import { Data, Empty, Facts, Pill, Select, Timestamp, type Tone } from "../ui.tsx";

const RELOAD_SECONDS = 30;

export const AuditPage = (props: { page: AuditPageView; query: AuditQuery; frame: Frame }) => {
  const { query, frame } = props;
  const { entries, next } = props.page;
  const { t } = frame;
  const isNewest = query.before === "";
  const isFiltered = query.action !== "" || query.outcome !== "" || !isNewest;
  const address = (before: string) => {
    const set = Object.entries({ ...query, before }).filter(([, value]) => value !== "");
    return set.length === 0 ? "/web/audit" : `/web/audit?${new URLSearchParams(set)}`;
  };
  return (
    <Layout
      frame={frame}
      title={t("audit.heading")}
      path="/web/audit"
      // Older records stay as they are.
      live={isNewest ? { address: "/web/audit/live", reloadSeconds: RELOAD_SECONDS } : undefined}
    >
      <h1>{t("audit.heading")}</h1>
      <p class="hint">{t("audit.introduction")}</p>
      <Filter query={query} t={t} />
      {entries.length === 0 ? (
        <Empty text={t(isFiltered ? "audit.no_match" : "audit.none")} fix={!isFiltered && t("audit.none_yet")} />
      ) : (
        <ul class="records" id="records">
          {entries.map((entry) => (
            <Entry entry={entry} t={t} />
          ))}
        </ul>
      )}
      <nav class="pages" aria-label={t("audit.heading")}>
        {!isNewest && <a href={address("")}>{t("audit.newest")}</a>}
        {next !== "" && <a href={address(next)}>{t("audit.older")}</a>}
      </nav>
    </Layout>
  );
};

/** The actions that the service records: each has a name. */
const knownActions = Object.keys(zhCN).flatMap((key) => /^audit\.action\.(.+)/.exec(key)?.[1] ?? []);

const Filter = ({ query: { action, outcome }, t }: { query: AuditQuery; t: Translate }) => {
  const actions = [...new Set(action === "" ? knownActions : [...knownActions, action])];
  const outcomes = auditOutcomes.map((known) => [known, t(`audit.outcome.${known}`)] as const);
  return (
    <form class="filter" method="get" action="/web/audit">
      <label>
        <span>{t("audit.action")}</span>
        <Select
          name="action"
          all={t("page.all")}
          options={actions.map((known) => [known, nameOf("action", known, t)])}
          selected={action}
        />
      </label>
      <label>
        <span>{t("audit.outcome")}</span>
        <Select name="outcome" all={t("page.all")} options={outcomes} selected={outcome} />
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
        <Data as="strong" text={nameOf("action", entry.action, t)} />
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
