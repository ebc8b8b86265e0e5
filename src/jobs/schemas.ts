import { z } from "zod";

/** A lone surrogate is no text: it can be neither stored nor sent as UTF-8. */
const text = z.string().check(z.refine((value) => value.isWellFormed(), "must be well-formed Unicode"));

const trimmed = z.pipe(
  text,
  z.transform((value) => value.trim()),
);

const blankAs = (fallback: string) =>
  z.pipe(
    z._default(text, fallback),
    z.transform((value) => value.trim() || fallback),
  );

const TRUE_WORDS = ["1", "on", "t", "true", "y", "yes"];
const FALSE_WORDS = ["0", "off", "f", "false", "n", "no"];

/** Pydantic's reading of a boolean. */
const flag = z.union([
  z.boolean(),
  z.pipe(
    z.literal([0, 1]),
    z.transform((value) => value === 1),
  ),
  z.pipe(
    z.pipe(
      z.string(),
      z.transform((value) => value.toLowerCase()),
    ),
    z.pipe(
      z.enum([...TRUE_WORDS, ...FALSE_WORDS]),
      z.transform((value) => TRUE_WORDS.includes(value)),
    ),
  ),
]);

const LEVELS = ["L0", "L1", "L2", "L3", "L4"];

/** The contract's. Whether task and cwd are acceptable is the service's to say. */
export const CreateJobBody = z.object({
  task: trimmed,
  executor: z.pipe(
    blankAs("codex"),
    z.transform((value) => value.toLowerCase()),
  ),
  cwd: blankAs("/root"),
  permission_level: z.pipe(
    z._default(text, "L3"),
    z.transform((value) => {
      const level = value.trim().toUpperCase();
      return LEVELS.includes(level) ? level : "L0";
    }),
  ),
  allow_danger: z._default(flag, false),
  /** Continues that job's Codex thread, in that job's directory. */
  resume_job_id: z.pipe(
    z.optional(trimmed),
    z.transform((value) => value || undefined),
  ),
});
export type CreateJobBody = z.output<typeof CreateJobBody>;

const wholeFrom = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number().check(z.int(), z.gte(minimum), z.lte(maximum));

export const JobQuery = z.object({
  /** Seconds to wait for the job's end. */
  wait: z._default(wholeFrom(0, 30), 0),
});

const MAX_PAGE = 200;

export const ListQuery = z.object({
  state: z.optional(z.enum(["queued", "running", "succeeded", "failed", "canceled"])),
  limit: z._default(wholeFrom(1, MAX_PAGE), 50),
  /** Of the list: as the page before told. */
  cursor: z.optional(wholeFrom(0)),
  /** Of the change feed: 0, or as the last answer told. */
  since: z.optional(wholeFrom(0)),
});
