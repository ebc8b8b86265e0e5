import { z } from "zod";
import { outbox } from "@/db/schema.ts";

/** The body of a webhook, in the form that Standard Webhooks recommends. */
export const NewsEvent = z.object({
  type: z.enum(outbox.kind.enumValues),
  timestamp: z.iso.datetime().describe("When it happened, not when it was sent."),
  data: z
    .object({ id: z.string().describe("As in `webhook-id`."), text: z.string().describe("At most six lines.") })
    .catchall(z.union([z.string(), z.number(), z.null()])),
});
export type NewsEvent = z.output<typeof NewsEvent>;
