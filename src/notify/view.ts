import { z } from "zod";

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
