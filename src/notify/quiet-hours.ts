import type { Config } from "@/config.ts";

const DAY_MINUTES = 24 * 60;

/** How long messages are still held back; 0 if they are not. */
export const minutesOfQuiet = (quiet: Config["notify"]["quietHours"], now: Date): number => {
  if (!quiet) return 0;
  const offset = quiet.offset ?? -now.getTimezoneOffset();
  const minute = modDay(Math.floor(now.getTime() / 60_000) + offset);
  const left = modDay(quiet.to - minute);
  return left > 0 && left <= modDay(quiet.to - quiet.from) ? left : 0;
};

const modDay = (minutes: number): number => ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
