import type { TextKey } from "@/locales/translate.ts";

export const newsKinds = [
  "problem",
  "problem_over",
  "job_ended",
  "queue_held",
  "queue_released",
  "cap_reached",
  "test",
] as const;
export type NewsKind = (typeof newsKinds)[number];

/** One message. */
export interface News {
  /** A UUID, the same in every attempt, so that a receiver can drop the second of two. */
  id: string;
  kind: NewsKind;
  /** When it happened. */
  at: string;
  /** At most six, in the chat's language, masked. */
  lines: string[];
  /** For the webhook's JSON, masked too. */
  data: Record<string, string | number | null>;
}

export type Delivery =
  | { kind: "delivered" }
  /** A repetition would be refused, too; unless for `delivery.rejected`, until a setting is corrected. */
  | { kind: "refused"; reason: TextKey; detail: string }
  | { kind: "failed"; reason: TextKey; detail: string; retryAfterMs?: number };

export interface Channel {
  name: string;
  /** @param to another chat than the configured one; only AstrBot has several. */
  send(news: News, to?: string): Promise<Delivery>;
}
