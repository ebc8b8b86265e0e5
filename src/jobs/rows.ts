import { columnsOf } from "@/db/columns.ts" with { type: "macro" };
import type { JobRow } from "./state.ts";

/** The select list of a whole job. */
export const JOB_COLUMNS = columnsOf("executorJobs");

/** A job as SQLite gives it: it knows no booleans. */
export type JobColumns = Omit<JobRow, "allowDanger"> & { allowDanger: 0 | 1 };

export const toJob = (row: JobColumns): JobRow => ({ ...row, allowDanger: row.allowDanger === 1 });

export const toJobIfAny = (row: JobColumns | null): JobRow | undefined => (row === null ? undefined : toJob(row));
