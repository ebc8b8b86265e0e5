import { type Locale, translate } from "@/locales/translate.ts";
import type { Frame } from "@/views/layout.tsx";

/** What a page is framed by when nothing hangs on it. */
export const frameFor = (locale: Locale, changes: Partial<Frame> = {}): Frame => ({
  locale,
  t: translate(locale),
  address: "/web/status",
  viewer: "guest",
  now: "2026-03-01T07:00:00Z",
  ...changes,
});
