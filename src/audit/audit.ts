import { z } from "zod";
import { type Clock, toTimestamp } from "@/lib/clock.ts";
import { messageOf } from "@/lib/errors.ts";
import type { FileSink } from "@/lib/file-sink.ts";
import type { Logger } from "@/lib/logger.ts";

export const AuditView = z.object({
  ok: z.boolean(),
  failed_writes: z.int(),
  last_error: z.string().describe("Empty while every write has succeeded."),
});
export type AuditView = z.output<typeof AuditView>;

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
  params?: Readonly<Record<string, unknown>> | undefined;
}

interface AuditDeps {
  sink: FileSink;
  clock: Clock;
  logger: Logger;
  /** Hides our secrets in a line. */
  mask?: (line: string) => string;
}

/** Appends JSON lines to `sink`. A failed write is logged and counted; it never fails the recorded action. */
export const createAudit = ({ sink, clock, logger, mask = String }: AuditDeps) => {
  let failedWrites = 0;
  let lastError = "";
  let failing = false;
  const listeners = new Set<(event: AuditEvent) => void>();

  const write = (event: AuditEvent) => {
    sink.write(`${mask(JSON.stringify(toRecord(event, toTimestamp(clock.now()))))}\n`);
    failing = false;
  };

  return {
    record(event: AuditEvent): void {
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
    /** Called after each record, whether written or not. @returns unsubscribe. */
    onRecord(listener: (event: AuditEvent) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** After a failed write this tries again, with a record of the gap. */
    isWritable(): boolean {
      if (!failing) return true;
      try {
        write({
          traceId: "",
          category: "audit",
          type: "audit_gap",
          status: "ok",
          denied: false,
          reason: "records_lost_before_this",
          params: { failed_writes: failedWrites },
        });
        return true;
      } catch {
        return false;
      }
    },
    view: (): AuditView => ({ ok: !failing, failed_writes: failedWrites, last_error: lastError }),
  };
};

export type Audit = ReturnType<typeof createAudit>;

/** Keys in the contract's order; JSON leaves out an undefined one. */
const toRecord = (event: AuditEvent, time: string) => ({
  time,
  trace_id: event.traceId,
  action_category: event.category,
  action_type: event.type,
  job_id: event.jobId,
  status: event.status,
  error_code: event.errorCode ?? "",
  error: event.error ?? "",
  denied: event.denied,
  decision_reason: event.reason,
  params_summary: event.params,
});
