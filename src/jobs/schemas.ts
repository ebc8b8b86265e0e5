import { z } from "zod";
import { jobStates } from "./state.ts";

/** A lone surrogate can be neither stored nor sent as UTF-8. */
const text = z.string().refine((value) => value.isWellFormed(), "must be well-formed Unicode");

const textOr = (fallback: string) => text.default(fallback).transform((value) => value.trim() || fallback);

/** What Pydantic accepts as a boolean. */
const flag = z.union([
  z.boolean(),
  z.literal([0, 1]).transform((value) => value === 1),
  z.stringbool({ truthy: ["1", "on", "t", "true", "y", "yes"], falsy: ["0", "off", "f", "false", "n", "no"] }),
]);

const Umo = text
  .trim()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}\p{Bidi_Control}\u2028\u2029]*$/u, "must be without control characters");
const LEVELS = ["L0", "L1", "L2", "L3", "L4"];

/** The contract's. The service decides whether task and cwd are acceptable. */
export const CreateJobBody = z.object({
  task: text.trim(),
  executor: textOr("codex").transform((value) => value.toLowerCase()),
  cwd: textOr("/root"),
  permission_level: text
    .trim()
    .toUpperCase()
    .default("L3")
    .transform((level) => (LEVELS.includes(level) ? level : "L0")),
  allow_danger: flag.default(false),
  /** Continues that job's Codex thread, in that job's directory. */
  resume_job_id: text
    .trim()
    .optional()
    .transform((value) => value || undefined),
  /** Who is notified of the end: the configured chat, or another one of AstrBot's. */
  notify: z
    .union([flag, z.object({ umo: Umo })])
    .optional()
    // As if absent: an idempotency key hashes the parsed body.
    .transform((value) => value || undefined),
});
export type CreateJobBody = z.output<typeof CreateJobBody>;

const integer = z.coerce.number().int();

export const JobQuery = z.object({
  /** Seconds to wait for the job's end. */
  wait: integer.min(0).max(30).default(0),
});

export const ListQuery = z.object({
  state: z.enum(jobStates).optional(),
  limit: integer.min(1).max(200).default(50),
  /** Of the list: `next_cursor` of the page before. */
  cursor: integer.min(0).optional(),
  /** Of the change feed: 0, or `next_since` of the last answer. */
  since: integer.min(0).optional(),
});
