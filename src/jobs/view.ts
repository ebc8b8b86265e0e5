import { z } from "zod";

/** Import the types only: the schemas are for the API's description. */

export const JobState = z.enum(["queued", "running", "succeeded", "failed", "canceled"]);

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
  result_text: z.string(),
  error_code: z.string().describe("Why it failed or was canceled; empty otherwise."),
  error: z.string(),
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
      "Why the job is not started although its turn has come: `memory`, or `predecessor` for one that the service " +
        "before this one never came back to, which is left as it was. null when it just waits for its turn.",
    ),
  waiting_available_mib: z
    .number()
    .nullable()
    .describe("What was available when the job last looked, while it waits for memory."),
  exit_code: z.int().nullable().describe("This and the following: what the run cost; null for what was not measured."),
  signal: z.string().nullable(),
  duration_ms: z.number().nullable(),
  peak_memory_mib: z.number().nullable(),
  cpu_ms: z.number().nullable(),
});
export type JobView = z.output<typeof JobView>;
