import { z } from "zod";
import { type AuditEntryView, type AuditPageView, type AuditQuery, auditOutcomes } from "@/audit/reader.ts";
import { reasonOf } from "@/jobs/state.ts";
import { texts } from "@/locales/texts.ts";
import { isTextKey, type Translate } from "@/locales/translate.ts";
import { describeFailures } from "@/models/pull.ts";
import { PullFailure } from "@/models/view.ts";
import { type Frame, Layout } from "../layout.tsx";
import { Data, Empty, Facts, Pill, Select, Timestamp, type Tone, withQuery } from "../ui.tsx";

export const AuditPage = (props: { page: AuditPageView; query: AuditQuery; frame: Frame }) => {
  const { query, frame } = props;
  const { entries, next } = props.page;
  const { t } = frame;
  const isNewest = query.before === "";
  const isFiltered = query.action !== "" || query.outcome !== "" || !isNewest;
  const known = new Set([...knownActions, query.action].filter((action) => action !== ""));
  const actions = [...known].map((action) => [action, nameOf("action", action, t)] as const);
  const outcomes = auditOutcomes.map((outcome) => [outcome, t(`audit.outcome.${outcome}`)] as const);
  const address = (before: string) => withQuery("/web/audit", { ...query, before });
  return (
    <Layout frame={frame} title={t("audit.heading")} path="/web/audit" live={isNewest && "/web/audit/live"}>
      <h1>{t("audit.heading")}</h1>
      <p class="hint">{t("audit.introduction")}</p>
      <form class="filter" method="get" action="/web/audit">
        <label>
          <span>{t("audit.action")}</span>
          <Select name="action" all={t("page.all")} options={actions} selected={query.action} />
        </label>
        <label>
          <span>{t("audit.outcome")}</span>
          <Select name="outcome" all={t("page.all")} options={outcomes} selected={query.outcome} />
        </label>
        <button type="submit" class="quiet">
          {t("audit.filter")}
        </button>
      </form>
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
const knownActions = Object.keys(texts).flatMap((key) => /^audit\.action\.(.+)/.exec(key)?.[1] ?? []);

/** An action or status of the log in the reader's language; one without a translation is shown as it is. */
const nameOf = (kind: "action" | "status", code: string, t: Translate): string => {
  const key = [`audit.${kind}.${code}`, `job.state.${code}`].find(isTextKey);
  return key ? t(key) : code;
};

/** Statuses other than success and refusal. A canceled job is no failure. */
const tones: Record<string, Tone> = {
  failed: "fault",
  half_open: "warning",
  running: "active",
  queued: "off",
  canceled: "off",
  aborted: "off",
};

type RecordEntry = Extract<AuditEntryView, { kind: "record" }>;

const PullFailures = z.array(PullFailure).min(1);

/** In the reader's language that of a job or pull; any other, and that of an earlier version, as it was recorded. */
const errorOf = ({ error, error_code: errorCode, error_detail: errorDetail }: RecordEntry, t: Translate): string => {
  const failures = PullFailures.safeParse(JSON.parse(errorDetail)).data;
  if (failures) return describeFailures(failures, t);
  const { reason, said } = reasonOf({ error, errorCode, errorDetail }, t);
  return said === "" ? reason : t("job.error.said", { text: reason, message: said });
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
      <Pill tone={tones[entry.status] ?? (entry.denied ? "fault" : "ok")}>
        <Data text={nameOf("status", entry.status, t)} />
      </Pill>
      <p class="what">
        <Data as="strong" text={nameOf("action", entry.action, t)} />
        {entry.error_code !== "" && <code dir="auto">{entry.error_code}</code>}
        {entry.error !== "" && entry.error !== entry.error_code && <Data text={errorOf(entry, t)} />}
        {entry.job_id !== "" && <JobLink jobId={entry.job_id} />}
      </p>
      <Timestamp value={entry.time} />
      <details class="fold">
        <summary>{entry.trace_id === "" ? "-" : <Data text={entry.trace_id} />}</summary>
        <Facts
          rows={[
            [t("audit.action"), <Data text={`${entry.category} / ${entry.action}`} />],
            [t("audit.reason"), <Data text={entry.reason} />],
            [t("audit.params"), entry.params !== "" && <code dir="auto">{entry.params}</code>],
          ]}
        />
      </details>
    </li>
  );
};

/** A link only if it looks like a job's id. */
const JobLink = ({ jobId }: { jobId: string }) =>
  /^[0-9a-f]{16}$/.test(jobId) ? <a href={`/web/jobs/${jobId}`}>{jobId}</a> : <Data text={jobId} />;
