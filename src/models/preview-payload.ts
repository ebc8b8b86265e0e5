import { z } from "zod";
import { capabilities } from "./capability.ts";
import { ONLY_ENABLED } from "./pull.ts";
import { MAX_NAME_LENGTH, MAX_SKIPPED_NAMED } from "./record.ts";
import { ProviderDetailView, ReadReport, SkippedView } from "./view.ts";

const name = z.string().max(MAX_NAME_LENGTH);

/** What a preview's form carries, and sends back when it is confirmed. */
export const Payload = ReadReport.extend({
  method: z.enum(["file", "text"]),
  default_provider_id: name,
  warnings: z.array(z.literal(ONLY_ENABLED)).max(1),
  skipped: z.array(SkippedView.extend({ provider_id: name })).max(MAX_SKIPPED_NAMED),
  providers: z.array(ProviderDetailView.extend({ capability: z.enum(capabilities) })).min(1),
});
