import type { Clock } from "@/lib/clock.ts";
import { toTimestamp } from "@/lib/clock.ts";
import { messageOf } from "@/lib/errors.ts";
import type { FileSink } from "@/lib/file-sink.ts";
import type { Logger } from "@/lib/logger.ts";
import type { AuditView } from "@/status/view.ts";

/** As the contract has them: absent `jobId` and `params` leave their key out. */
export interface AuditEvent {
  traceId: string;
  category: string;
  type: string;
  jobId?: string;
  status: string;
  errorCode?: string;
  error?: string;
  denied: boolean;
  reason: string;
  params?: Readonly<Record<string, unknown>>;
}

export interface Audit {
  record(event: AuditEvent): void;
  view(): AuditView;
  /** Whether records reach the log; after a failure, found out by writing down that there is a gap. */
  isWritable(): boolean;
  /** Calls back after each record, written or not. @returns the way to stop listening. */
  onRecord(listener: (event: AuditEvent) => void): () => void;
}

/** Appends JSON lines to `sink`. A failed write never fails what is being recorded; it is logged, counted and shown. */
export const createAudit = ({ sink, clock, logger }: { sink: FileSink; clock: Clock; logger: Logger }): Audit => {
  let failedWrites = 0;
  let lastError = "";
  let failing = false;
  const listeners = new Set<(event: AuditEvent) => void>();

  const write = (event: AuditEvent) => {
    sink.write(`${JSON.stringify(toRecord(event, toTimestamp(clock.now())))}\n`);
    failing = false;
  };

  return {
    record(event) {
      try {
        write(event);
      } catch (error) {
        failing = true;
        failedWrites++;
        lastError = messageOf(error);
        logger.error({ trace_id: event.traceId, err: error }, "audit write failed");
      }
      for (const listener of [...listeners]) listener(event);
    },
    onRecord(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    isWritable() {
      if (!failing) return true;
      try {
        write({ ...GAP, params: { failed_writes: failedWrites } });
        return true;
      } catch {
        return false;
      }
    },
    view: () => ({ ok: !failing, failed_writes: failedWrites, last_error: lastError }),
  };
};

const GAP: AuditEvent = {
  traceId: "",
  category: "audit",
  type: "audit_gap",
  status: "ok",
  denied: false,
  reason: "records_lost_before_this",
};

const toRecord = (event: AuditEvent, time: string) => ({
  time,
  trace_id: event.traceId,
  action_category: event.category,
  action_type: event.type,
  ...(event.jobId !== undefined && { job_id: event.jobId }),
  status: event.status,
  error_code: event.errorCode ?? "",
  error: event.error ?? "",
  denied: event.denied,
  decision_reason: event.reason,
  ...(event.params !== undefined && { params_summary: event.params }),
});
