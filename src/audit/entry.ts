/** A line of the audit log as it is shown; every text is bounded. */
export interface AuditRecordView {
  time: string;
  trace_id: string;
  category: string;
  action: string;
  /** "" when it is about no job. */
  job_id: string;
  status: string;
  error_code: string;
  error: string;
  denied: boolean;
  reason: string;
  /** JSON; "" without. */
  params: string;
}

export type AuditEntryView = ({ kind: "record" } & AuditRecordView) | { kind: "unreadable"; bytes: number };

export const auditOutcomes = ["done", "denied"] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];

export interface AuditQuery {
  /** "" for all. */
  action: string;
  outcome: AuditOutcome | "";
  /** Where an earlier page ended; "" for the newest. */
  before: string;
}

export interface AuditPageView {
  /** The newest first. */
  entries: AuditEntryView[];
  /** What to ask with for older ones; "" when there are none. */
  next: string;
}
