import type { Locale } from "./translate.ts";

type Units = readonly [day: string, hour: string, minute: string, second: string];

export const durationUnits: Record<Locale, Units> = {
  "zh-CN": [" 天", " 小时", " 分", " 秒"],
  en: [" d", " h", " min", " s"],
};

export const ageUnits: Record<Locale, Units> = {
  "zh-CN": [" 天前", " 小时前", " 分钟前", " 秒前"],
  en: [" d ago", " h ago", " min ago", " s ago"],
};

/** From the largest unit that is not zero. */
const toAmounts = (seconds: number, units: Units): string[] => {
  const whole = Math.max(0, Math.floor(seconds));
  const amounts = [whole / 86_400, (whole / 3600) % 24, (whole / 60) % 60, whole % 60].map(Math.floor);
  // -1 for zero seconds, which leaves the last unit.
  const first = amounts.findIndex((amount) => amount > 0);
  return amounts.map((amount, index) => `${amount}${units[index]}`).slice(first);
};

/** "5 分钟前", "3 h ago". */
export const formatAge = (seconds: number, locale: Locale): string => toAmounts(seconds, ageUnits[locale])[0] ?? "";

/** "0:25", "1:02:03". */
export const formatClock = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const twoDigits = (number: number) => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${twoDigits(rest)}` : `${minutes}:${twoDigits(rest)}`;
};

/** The two largest units: "3 天 4 小时", "12 min 5 s". */
export const formatDuration = (seconds: number, locale: Locale): string =>
  toAmounts(seconds, durationUnits[locale]).slice(0, 2).join(" ");

/** "0.4 s"; from ten seconds on as `formatDuration`. */
export const formatSpent = (ms: number, locale: Locale): string =>
  ms < 9950 ? `${(ms / 1000).toFixed(1)}${durationUnits[locale][3]}` : formatDuration(ms / 1000, locale);

/** "2026-11-23T22:58:01Z" -> "2026-11-23 22:58:01 UTC"; undefined for anything but a contract timestamp. */
export const formatTimestamp = (timestamp: string): string | undefined =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(timestamp)
    ? `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)} UTC`
    : undefined;

/** "420 MiB", "1.5 GiB". */
export const formatMib = (mib: number): string => (mib < 1024 ? `${mib} MiB` : `${(mib / 1024).toFixed(1)} GiB`);

/** "96 KiB", "23.5 MiB", "1.2 GiB". */
export const formatBytes = (bytes: number): string => {
  const mib = bytes / 1024 ** 2;
  if (mib < 1) return `${Math.ceil(bytes / 1024)} KiB`;
  return mib < 1024 ? `${mib.toFixed(1)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
};
