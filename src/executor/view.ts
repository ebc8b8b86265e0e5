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

export const codexFaultKinds = [
  ...["not_executable", "wrong_arch", "no_node", "package_missing", "unusable"],
  ...["home", "config", "login_unreadable", "not_logged_in"],
  ...["sandbox", "sandbox_userns_clone", "sandbox_apparmor", "sandbox_limit", "sandbox_container", "sandbox_seccomp"],
  ...["sandbox_kernel", "sandbox_bubblewrap", "sandbox_unprotected"],
] as const;

const CodexFault = z.object({
  kind: z.enum(codexFaultKinds),
  message: z.string().describe("What Codex, its sandbox or the system said, masked."),
  subject: z.string().describe("The file (with its line), setting or option concerned; empty if there is none."),
});
export type CodexFault = z.output<typeof CodexFault>;

export const CodexView = ExecutorView.extend({
  version: z.string().nullable(),
  logged_in: z
    .boolean()
    .nullable()
    .describe("By Codex's own word, and false once a job's credentials were refused; a custom provider needs none."),
  sandbox_works: z.boolean().nullable(),
  checked_at: z.iso.datetime().nullable(),
  faults: z.array(CodexFault).describe("What its answers and the host show to be wrong, the first to fix first."),
  retry_at: z.iso
    .datetime()
    .nullable()
    .describe("Until when queued jobs wait for quota or a login, as `last_failure` says; null when they do not."),
  last_failure: z
    .object({ kind: z.enum(["auth", "quota", "sandbox"]), at: z.iso.datetime(), message: z.string() })
    .nullable(),
  last_job_failure: z
    .object({
      job_id: z.string(),
      error_code: z.string(),
      error: z.string(),
      said: z.string().describe("What Codex or the model service said last, without the words around it."),
      at: z.iso.datetime(),
    })
    .nullable()
    .describe("Why the run that ended last failed, within a day, if it tells of Codex or the model service."),
}).describe("What is known of Codex beyond its presence; null for what has not been looked at or cannot be told.");
export type CodexView = z.output<typeof CodexView>;

export const ExecutorsView = z.object({ codex: CodexView, gemini: ExecutorView, shell: ExecutorView });
export type ExecutorsView = z.output<typeof ExecutorsView>;
