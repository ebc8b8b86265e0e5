import { z } from "zod";
import { jobStates } from "./state.ts";

export const JobState = z.enum(jobStates);

/** The contract's; keys after `trace_id` are ours. */
export const JobView = z.object({
  job_id: z.string(),
  state: JobState,
  executor: z.string(),
  task: z.string(),
  cwd: z.string(),
  permission_level: z.string(),
  allow_danger: z.boolean(),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  finished_at: z.iso.datetime().nullable(),
  result_text: z
    .string()
    .describe("Codex's last message, also of a job that failed or was cut off; `(empty)` if there was none."),
  error_code: z.string().describe("Why it failed or was canceled; empty otherwise."),
  error: z.string().describe("The reason, in Chinese, and what Codex, an MCP server or the system said last, masked."),
  trace_id: z.string(),
  thread_id: z.string().nullable(),
  usage: z
    .record(z.string(), z.number())
    .nullable()
    .describe("Token counts by name, as Codex reports them; null without an event stream."),
  resume_job_id: z.string().nullable(),
  waiting_reason: z
    .string()
    .nullable()
    .describe(
      "Why the job is not started: `quota` or `login` while every job waits for `retry_at`, `memory` if it is next, " +
        "or `predecessor` for a job that the service before this one left queued, which is never run. null while " +
        "other jobs are before it.",
    ),
  waiting_available_mib: z
    .number()
    .nullable()
    .describe("The memory that was available at the last check, while the job waits for memory."),
  retry_at: z.iso
    .datetime()
    .nullable()
    .describe("When the next job is tried: of a job that found quota or login exhausted, and of those that wait."),
  exit_code: z.int().nullable().describe("This and the following are figures of the run; null if not measured."),
  signal: z.string().nullable(),
  duration_ms: z.number().nullable(),
  peak_memory_mib: z.number().nullable(),
  cpu_ms: z.number().nullable(),
  notify: z
    .union([z.literal(true), z.object({ umo: z.string() })])
    .nullable()
    .describe("Who is told of the end: the configured chat (true), or this one."),
});
export type JobView = z.output<typeof JobView>;
