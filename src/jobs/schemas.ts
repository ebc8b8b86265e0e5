import { z } from "zod";

/** A lone surrogate is no text: it can be neither stored nor sent as UTF-8. */
const text = z.string().refine((value) => value.isWellFormed(), { error: "must be well-formed Unicode" });

const blankAs = (fallback: string) =>
  text
    .default(fallback)
    .transform((value) => value.trim())
    .transform((value) => (value === "" ? fallback : value));

const TRUE_WORDS = ["1", "on", "t", "true", "y", "yes"];
const FALSE_WORDS = ["0", "off", "f", "false", "n", "no"];

/** Pydantic's reading of a boolean. */
const flag = z.union([
  z.boolean(),
  z.literal([0, 1]).transform((value) => value === 1),
  z
    .string()
    .transform((value) => value.toLowerCase())
    .pipe(z.enum([...TRUE_WORDS, ...FALSE_WORDS]))
    .transform((value) => TRUE_WORDS.includes(value)),
]);

const LEVELS = ["L0", "L1", "L2", "L3", "L4"];

/** Contract A5. Whether task and cwd are acceptable is the service's to say. */
export const CreateJobBody = z.object({
  task: text.transform((value) => value.trim()),
  executor: blankAs("codex").transform((value) => value.toLowerCase()),
  cwd: blankAs("/root"),
  permission_level: text
    .default("L3")
    .transform((value) => value.trim().toUpperCase())
    .transform((value) => (LEVELS.includes(value) ? value : "L0")),
  allow_danger: flag.default(false),
  /** Continues that job's Codex thread, in that job's directory. */
  resume_job_id: text
    .transform((value) => value.trim())
    .optional()
    .transform((value) => value || undefined),
});
export type CreateJobBody = z.output<typeof CreateJobBody>;

export const JobQuery = z.object({
  /** Seconds to wait for the job's end. */
  wait: z.coerce.number().int().min(0).max(30).default(0),
});

const MAX_PAGE = 200;

export const ListQuery = z.object({
  state: z.enum(["queued", "running", "succeeded", "failed", "canceled"]).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  /** Of the list: as the page before told. */
  cursor: z.coerce.number().int().min(0).optional(),
  /** Of the change feed: 0, or as the last answer told. */
  since: z.coerce.number().int().min(0).optional(),
});
