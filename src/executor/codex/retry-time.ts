const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A later time is a misreading: the longest limits of a plan are a year's. */
const MAX_AHEAD_MS = 400 * DAY_MS;
const MAX_CHARS = 4000;

/** By the first letter of a unit. */
const UNIT_MS: Record<string, number> = {
  ...{ s: 1000, m: MINUTE_MS, h: 60 * MINUTE_MS, d: DAY_MS, w: 7 * DAY_MS },
  ...{ 秒: 1000, 分: MINUTE_MS, 小: 60 * MINUTE_MS, 天: DAY_MS, 周: 7 * DAY_MS },
};
const AMOUNT =
  /(?<!\d)(?<amount>\d{1,9}(?:\.\d{1,3})?|an?(?=\s))\s?(?<unit>s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?)?|秒|分|小时|天|周)(?![a-z])/i;
const EACH_AMOUNT = new RegExp(AMOUNT, "gi");
const DURATION = `(?<text>(?:${AMOUNT.source.replaceAll(/\?<\w+>/g, "?:")}[\\s,、钟]{0,3}(?:and\\s)?){1,6})`;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DATE = `\\b(?<month>${MONTHS.join("|")})[a-z]{0,6}\\.?\\s(?<day>\\d{1,2})(?:st|nd|rd|th)?\\b(?:,?\\s(?<year>\\d{4}))?`;

type Parts = Readonly<Record<string, string | undefined>>;

const inSeconds = ({ seconds }: Parts, now: Date): Date => new Date(now.getTime() + Number(seconds) * 1000);

const afterDuration = ({ text = "" }: Parts, now: Date): Date => {
  let ms = 0;
  for (const { groups: { amount = "", unit = "" } = {} } of text.matchAll(EACH_AMOUNT)) {
    ms += (/^a/i.test(amount) ? 1 : Number(amount)) * (UNIT_MS[unit.charAt(0).toLowerCase()] ?? 0);
  }
  return new Date(now.getTime() + ms);
};

/** Without a zone in the host's. */
const atTimestamp = ({ date, time, zone, offset = "" }: Parts): Date =>
  new Date(`${date}T${time}${zone ? "Z" : offset.replace(/^(...)(\d\d)$/, "$1:$2")}`);

/** The next such moment of the host's clock; a time that a clock change leaves out is moved on by it. */
const atClock = ({ month, day, year, hour, minute = "0", half }: Parts, now: Date): Date => {
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (/p/i.test(half) ? 12 : 0);
  const at = (years: number, days: number) =>
    month === undefined
      ? new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hours, Number(minute))
      : new Date(
          Number(year ?? now.getFullYear() + years),
          MONTHS.indexOf(month.slice(0, 3).toLowerCase()),
          Number(day),
          hours,
          Number(minute),
        );
  const next = at(0, 0);
  if (next > now) return next;
  // Codex leaves the seconds out, and its answer takes a moment: a time just passed is now, not tomorrow.
  const isThisMinute = now.getTime() - next.getTime() < 2 * MINUTE_MS;
  return isThisMinute ? new Date(Math.floor(now.getTime() / MINUTE_MS + 1) * MINUTE_MS) : at(1, 1);
};

/** How the end of a wait is worded; the first row that gives a time to come decides. */
const WORDINGS: readonly [wording: RegExp, toTime: (parts: Parts, now: Date) => Date][] = [
  // An error body's fields: Codex 0.171 shows a body as it is if it has no message.
  [/(?:resets?_in_seconds|retry[_-]after(?:_seconds)?)\W{1,4}(?<seconds>\d{1,9})\b/i, inSeconds],
  [/resets?_at\W{1,4}(?<seconds>\d{10})\b/i, ({ seconds }) => new Date(Number(seconds) * 1000)],
  // Chat services behind a custom provider, such as "Your limit will reset at 2026-12-12 21:34:56" (Z.ai).
  [
    /(?<date>\d{4}-\d\d-\d\d)[T\s](?<time>\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})?\s?(?:(?<zone>Z|UTC|GMT)\b|(?<offset>[+-]\d\d:?\d\d))?/i,
    atTimestamp,
  ],
  // Codex 0.98 to 0.171: "try again at 2:50 PM." on the same day, else "at Dec 3rd, 2026 2:50 PM.", in local time.
  [
    new RegExp(
      `(?:${DATE}(?:,|\\sat)?\\s)?\\b(?<hour>\\d{1,2})(?::(?<minute>[0-5]\\d))?(?::\\d\\d)?\\s?(?<half>[ap])\\.?m\\b`,
      "i",
    ),
    atClock,
  ],
  [/(?:\b(?:at|until)\s|[于到])\s?(?<hour>[01]?\d|2[0-3]):(?<minute>[0-5]\d)\b/i, atClock],
  // Codex up to 0.46: "try again in 2 days 3 hours 5 minutes", "in less than a minute"; OpenAI's API: "in 6m0s".
  [new RegExp(`\\b(?:in|after)\\s(?:less than\\s|about\\s)?${DURATION}`, "i"), afterDuration],
  [new RegExp(`${DURATION}(?:之?后|later)`, "i"), afterDuration],
];

/** When a sentence says to try again; undefined if it does not, or names a time that has passed. */
export const retryAtOf = (sentence: string, now: Date): Date | undefined => {
  const text = sentence.slice(-MAX_CHARS);
  for (const [wording, toTime] of WORDINGS) {
    const found = wording.exec(text);
    const aheadMs = found ? toTime(found.groups ?? {}, now).getTime() - now.getTime() : Number.NaN;
    if (aheadMs > 0 && aheadMs <= MAX_AHEAD_MS) return new Date(now.getTime() + aheadMs);
  }
  return undefined;
};
