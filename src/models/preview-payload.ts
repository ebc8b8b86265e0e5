import { z } from "zod";
import { capabilities } from "./capability.ts";
import { MAX_FALLBACKS, MAX_NAME_LENGTH, MAX_PROVIDERS, MAX_SKIPPED_NAMED } from "./record.ts";
import { AgentRunnerView, ProviderDetailView, ReadReport, SkippedView } from "./view.ts";
import { isWarning, MAX_WARNINGS } from "./warnings.ts";

const name = z.string().max(MAX_NAME_LENGTH);

/** What a preview's form carries, and sends back when it is confirmed. */
export const Payload = ReadReport.extend({
  method: z.enum(["file", "text"]),
  default_provider_id: name,
  warnings: z
    .array(
      z
        .string()
        .max(MAX_NAME_LENGTH + 64)
        .refine(isWarning),
    )
    .max(MAX_WARNINGS + 2),
  agent_runner: AgentRunnerView.extend({ type: name, provider_id: name }).nullable(),
  fallback_provider_ids: z.array(name).max(MAX_FALLBACKS),
  skipped: z.array(SkippedView.extend({ provider_id: name })).max(MAX_SKIPPED_NAMED),
  providers: z
    .array(ProviderDetailView.extend({ capability: z.enum(capabilities) }))
    .min(1)
    .max(MAX_PROVIDERS),
});
