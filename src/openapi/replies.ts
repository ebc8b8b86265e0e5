import { z } from "zod";
import { ExecutorsView } from "@/executor/view.ts";
import { CheckView } from "@/gateway/view.ts";
import { JobState, JobView } from "@/jobs/view.ts";
import * as models from "@/models/view.ts";

export { NewsEvent } from "@/notify/view.ts";

import { readinessFaults } from "@/status/readiness.ts";
import { StatusView } from "@/status/view.ts";

const success = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.object({ ok: z.literal(true), trace_id: z.string(), ...shape });

export const Failure = z
  .object({
    ok: z.literal(false),
    trace_id: z.string(),
    error_code: z.string(),
    error: z.string().describe("What happened, in the caller's language."),
    hint: z.string().describe("What to do next."),
    detail: z
      .array(z.object({ loc: z.array(z.union([z.string(), z.int()])), msg: z.string(), type: z.string() }))
      .optional()
      .describe("With `invalid_request`: every fault, in field order; `too_many_faults` ends a list of one hundred."),
    skipped_count: z.int().optional(),
    skipped: z.array(models.SkippedView).optional().describe("With `astr_provider_empty`: the unusable rows."),
  })
  .describe("Every error.");
export type Failure = z.output<typeof Failure>;

export const Alive = z.object({ ok: z.literal(true) });
export const NotReady = z.object({ ok: z.literal(false), reason: z.enum(readinessFaults) });

export const StatusReply = success({ state: StatusView });
export const ExecutorsReply = success({ executors: ExecutorsView });

export const ModelsReply = success({
  models: z.array(models.StoredProviderView),
  last_sync: models.SyncView.nullable(),
});
export const HistoryReply = success(models.HistoryPageView.shape);
const stored = { changed: z.boolean(), changes: models.ChangesView };
const { warnings } = models.ReadReport.shape;
export const ImportReply = success({ imported: models.SyncView, ...models.SkippedReport.shape, warnings, ...stored });
const pull = { pulled: models.PulledView, source_mode: z.string(), error_code: z.string(), error: z.string() };
export const PullReply = success({ ...pull, imported: models.SyncView, ...models.SkippedReport.shape, ...stored });
export const PullFailure = z.object({
  ok: z.literal(false),
  trace_id: z.string(),
  ...pull,
  imported: z.null(),
  ...models.SkippedReport.shape,
  hint: z.string(),
});

export const CheckReply = success({ check: CheckView });

export const JobAcceptedReply = success({ job_id: z.string(), state: JobState });
export const JobReply = success({ job: JobView });
export const ResumeReply = success({ resumed: z.boolean().describe("Whether jobs were waiting for quota or login.") });
export const JobsReply = z.union([
  success({
    jobs: z.array(JobView),
    next_cursor: z.int().nullable().describe("The `cursor` of the next page; null at the end."),
  }),
  success({
    jobs: z.array(JobView),
    next_since: z.int().describe("The next value of `since`."),
    reset: z
      .boolean()
      .describe("True if `since` is beyond the last change, as after a restore: these are the first ones."),
  }),
]);

export const OpenApiDocument = z.looseObject({ openapi: z.string() });
