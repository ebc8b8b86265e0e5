import { z } from "zod";

export const BackupView = z.object({
  count: z.int(),
  last_at: z.iso.datetime().nullable().describe("When the newest backup was made, by whatever means."),
  last_bytes: z.int().nullable(),
  last_error: z.string().describe("Empty unless the last daily backup failed."),
});
export type BackupView = z.output<typeof BackupView>;
