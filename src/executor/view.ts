import { z } from "zod";

/** Import the types only: the schemas are for the API's description. */

export const ExecutorView = z.object({
  available: z.boolean(),
  enabled: z.boolean(),
  bin: z.string(),
  path: z.string().describe("Empty when not found."),
  reason: z.string(),
});
export type ExecutorView = z.output<typeof ExecutorView>;

export const CodexView = ExecutorView.extend({
  version: z.string().nullable(),
  logged_in: z
    .boolean()
    .nullable()
    .describe("Codex's own word; a custom provider with a key of its own works without."),
  sandbox_works: z.boolean().nullable(),
  checked_at: z.iso.datetime().nullable(),
  retry_at: z.iso
    .datetime()
    .nullable()
    .describe("Until when queued jobs wait for quota or a login, as `last_failure` says; null when they do not."),
  last_failure: z
    .object({ kind: z.enum(["auth", "quota", "sandbox"]), at: z.iso.datetime(), message: z.string() })
    .nullable(),
}).describe("What is known of Codex beyond its presence; null for what has not been looked at or cannot be told.");
export type CodexView = z.output<typeof CodexView>;

export const ExecutorsView = z.object({ codex: CodexView, gemini: ExecutorView, shell: ExecutorView });
export type ExecutorsView = z.output<typeof ExecutorsView>;
