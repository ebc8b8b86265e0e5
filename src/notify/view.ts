import { z } from "zod";
import { outbox } from "@/db/schema.ts";

export const NotifyView = z
  .array(
    z.object({
      channel: z.string(),
      waiting: z.int().describe("Messages that are not delivered yet."),
      last_try_at: z.iso.datetime().nullable(),
      reason: z.string().describe("Why the last attempt failed; empty if it did not."),
      detail: z.string().describe("What the other side answered then, masked."),
      next_try_at: z.iso.datetime().nullable(),
    }),
  )
  .describe("The configured channels of messages.");
export type NotifyView = z.output<typeof NotifyView>;

/** The body of a webhook, in the form that Standard Webhooks recommends. */
export const NewsEvent = z.object({
  type: z.enum(outbox.kind.enumValues),
  timestamp: z.iso.datetime().describe("When it happened, not when it was sent."),
  data: z
    .object({ id: z.string().describe("As in `webhook-id`."), text: z.string().describe("At most six lines.") })
    .catchall(z.union([z.string(), z.number(), z.null()])),
});
export type NewsEvent = z.output<typeof NewsEvent>;
