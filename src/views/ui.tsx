import { type Child, Fragment } from "hono/jsx";
import { formatAge, formatClock, formatTimestamp } from "@/locales/format.ts";
import type { Locale, Translate } from "@/locales/translate.ts";

export type Tone = "ok" | "warning" | "fault" | "notice" | "active" | "off";

/** Each tone has a shape of its own, so that colour is never the only sign. */
export const shapes: Record<Tone, readonly [outline: string, mark: string]> = {
  ok: ["M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z", "M4.8 8.2l2.2 2.2 4.2-4.6"],
  warning: ["M8 1.2 15.3 14H.7z", "M8 6v3.6M8 11.7v.1"],
  fault: ["M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z", "M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"],
  notice: ["M3 1h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z", "M8 7.4v4M8 4.6v.1"],
  active: ["M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1z", "M8 4.2V8l2.6 1.8"],
  off: ["M8 .8 15.2 8 8 15.2.8 8z", "M5.2 8h5.6"],
};

export const Icon = ({ tone }: { tone: Tone }) => (
  <svg class={`icon ${tone}`} aria-hidden="true">
    <use href={`#i-${tone}`} />
  </svg>
);

/** What `Icon` refers to; once on each page. */
export const IconShapes = () => (
  <svg class="shapes" aria-hidden="true">
    {Object.entries(shapes).map(([tone, [outline, mark]]) => (
      <symbol id={`i-${tone}`} viewBox="0 0 16 16">
        <path class="outline" d={outline} />
        <path class="mark" d={mark} />
      </symbol>
    ))}
  </svg>
);

type Wrapper = "p" | "dd" | "li" | "td" | "code" | "strong";

/** Text from outside: isolated from the page's text direction, wrapped where needed. */
export const Data = ({ text, as: Tag = Fragment }: { text: string; as?: typeof Fragment | Wrapper }) => (
  <Tag>
    <bdi>{text}</bdi>
  </Tag>
);

const MARKED = /(`[^`]*`|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)/;

/** Our own sentences: backticks mark code, and the script shows times in the reader's zone. */
export const Prose = ({ text, as: Tag = Fragment }: { text: string; as?: typeof Fragment | Wrapper }) => (
  <Tag>
    {text.split(MARKED).map((part, index) => {
      if (index % 2 === 0) return part;
      if (part.startsWith("`")) return <code>{part.slice(1, -1)}</code>;
      return <Timestamp value={part.replace(" UTC", "Z").replace(" ", "T")} />;
    })}
  </Tag>
);

export const Timestamp = ({ value }: { value: string }) => {
  const text = formatTimestamp(value);
  return text === undefined ? <Data text={value} /> : <time datetime={value}>{text}</time>;
};

export const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

/** How long ago it was; the moment itself is its title. @param now when the page was rendered. */
export const Age = ({ value, now, locale }: { value: string; now: string; locale: Locale }) => (
  <time datetime={value} title={formatTimestamp(value)} data-age="">
    {formatAge(secondsBetween(value, now), locale)}
  </time>
);

/** A clock that runs since then, as "1:05". */
export const Clock = ({ value, now }: { value: string; now: string }) => (
  <span class="clock" data-clock={value}>
    {formatClock(secondsBetween(value, now))}
  </span>
);

/** Copies `text`, or else what stands before it. */
export const Copy = ({ text, t }: { text?: string; t: Translate }) => (
  <button type="button" class="copy quiet" value={text}>
    {t("page.copy")}
  </button>
);

/** To be run on the host. */
export const Command = ({ text, t }: { text: string; t: Translate }) => (
  <div class="copied">
    <pre class="command">{text}</pre>
    <Copy t={t} />
  </div>
);

/** @param elapsed label of the running time, which the script shows instead of the moment. */
export const Since = ({ value, since, elapsed = "" }: { value: string; since: string; elapsed?: string }) => (
  <span data-since={value} data-label={elapsed}>
    {since} <Timestamp value={value} />
  </span>
);

export const Pill = ({ tone, children }: { tone: Tone; children: Child }) => (
  <span class={`pill ${tone}`}>
    <Icon tone={tone} />
    <span>{children}</span>
  </span>
);

export interface Notice {
  tone: Tone;
  text: Child;
  fix?: string | undefined;
  /** Below the fix: a command, or a list of what was refused. */
  more?: Child;
}

/** The result of the reader's last action. */
export const NoticeBar = ({ tone, text, fix, more }: Notice) => (
  <div class={`notice-bar ${tone}`} role={tone === "fault" ? "alert" : "status"}>
    <Icon tone={tone} />
    <div>
      <p>{text}</p>
      {fix && (
        <p class="fix">
          <Prose text={fix} />
        </p>
      )}
      {more}
    </div>
  </div>
);

/** A list without entries, and what to do about it. */
export const Empty = ({ text, fix }: { text: string; fix?: string | false }) => (
  <div class="empty">
    <p>{text}</p>
    {fix && <p class="hint">{fix}</p>}
  </div>
);

interface SelectProps {
  name: string;
  label?: string;
  /** Label of the option that filters nothing. */
  all: string;
  options: readonly (readonly [value: string, text: string])[];
  selected: string;
}

export const Select = ({ name, label, all, options, selected }: SelectProps) => (
  <select name={name} aria-label={label}>
    <option value="">{all}</option>
    {options.map(([value, text]) => (
      <option value={value} selected={value === selected}>
        {text}
      </option>
    ))}
  </select>
);

/** A form that is only a button. */
export const PostButton = ({ action, label, look }: { action: string; label: string; look?: string }) => (
  <form method="post" action={action}>
    <button type="submit" class={look}>
      {label}
    </button>
  </form>
);

interface CardProps {
  id: string;
  title: string;
  aside?: Child;
  children: Child;
}

export const Card = ({ id, title, aside, children }: CardProps) => (
  <section id={id} class="card" aria-labelledby={`${id}-title`}>
    <header>
      <h2 id={`${id}-title`}>{title}</h2>
      {aside}
    </header>
    {children}
  </section>
);

/** Labels and their values; a row without a value is left out. */
export const Facts = ({ rows }: { rows: readonly (readonly [label: string, value: Child])[] }) => (
  <dl class="facts">
    {rows
      .filter(([, value]) => value !== undefined && value !== null && value !== false)
      .map(([label, value]) => (
        <div>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
);

/** An address with its query; a parameter without a value is left out. */
export const withQuery = (path: string, query: Readonly<Record<string, string | number | undefined>>): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") given.set(name, `${value}`);
  return given.size > 0 ? `${path}?${given}` : path;
};

/** All in a row, with `separator` between each two. */
export const joined = (parts: readonly Child[], separator: Child): Child[] =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));

/** A link to another page of a list; plain text at its end. */
export const PageLink = ({ href, children }: { href: string | undefined; children: Child }) =>
  href === undefined ? <span class="off-end">{children}</span> : <a href={href}>{children}</a>;

const MAX_MESSAGE_CHARS = 600;

/** Text from outside with its own line breaks, cut if it is long. */
export const Message = ({ label, text }: { label: string; text: string }) => (
  <div class="message">
    <p class="message-label">{label}</p>
    <pre dir="auto">
      {text.length > MAX_MESSAGE_CHARS ? `${text.slice(0, MAX_MESSAGE_CHARS).toWellFormed()}…` : text}
    </pre>
  </div>
);
