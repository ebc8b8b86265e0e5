import type { Child } from "hono/jsx";
import { formatTimestamp } from "@/locales/format.ts";
import type { Locale } from "@/locales/locale.ts";
import type { TextKey, Translate } from "@/locales/translate.ts";
import type { StatusPageView } from "@/status/view.ts";
import { Icon, type Tone } from "./icons.tsx";

/** Text that comes from outside: kept apart from the page's own direction, wrapped wherever it must. */
export const Data = ({ text }: { text: string }) => <bdi class="data">{text}</bdi>;

/** Our own sentences; backticks mark code. */
export const Prose = ({ text }: { text: string }) => (
  <>{text.split("`").map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
);

export const Timestamp = ({ value }: { value: string }) => {
  const text = formatTimestamp(value);
  return text === undefined ? <Data text={value} /> : <time datetime={value}>{text}</time>;
};

interface SinceProps {
  value: string;
  /** Said of the moment, as when there is no script. */
  since: string;
  /** Said of the time that has passed since, which the script counts. */
  elapsed: string;
}

export const Since = ({ value, since, elapsed }: SinceProps) => (
  <span data-since={value} data-label={elapsed}>
    {since} <Timestamp value={value} />
  </span>
);

/** A state, told by shape, word and colour. */
export const Pill = ({ tone, children }: { tone: Tone; children: Child }) => (
  <span class={`pill ${tone}`}>
    <Icon tone={tone} />
    <span>{children}</span>
  </span>
);

/** What has just happened, or failed. */
export const NoticeBar = ({ tone, children }: { tone: Tone; children: Child }) => (
  <div class={`notice-bar ${tone}`} role={tone === "fault" ? "alert" : "status"}>
    <Icon tone={tone} />
    <div>{children}</div>
  </div>
);

interface CardProps {
  id: string;
  title: string;
  aside?: Child;
  wide?: boolean;
  children: Child;
}

export const Card = ({ id, title, aside, wide = false, children }: CardProps) => (
  <section id={id} class={wide ? "card wide" : "card"} aria-labelledby={`${id}-title`}>
    <header>
      <h2 id={`${id}-title`}>{title}</h2>
      {aside}
    </header>
    {children}
  </section>
);

export const Facts = ({ children }: { children: Child }) => <dl class="facts">{children}</dl>;

export const Fact = ({ label, children }: { label: string; children: Child }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);

const MAX_MESSAGE_CHARS = 600;

/** Text from outside, with its own line breaks; of a long one the beginning. */
export const Message = ({ label, text }: { label: string; text: string }) => (
  <div class="message">
    <p class="message-label">{label}</p>
    <pre dir="auto">
      {text.length > MAX_MESSAGE_CHARS ? `${text.slice(0, MAX_MESSAGE_CHARS).toWellFormed()}…` : text}
    </pre>
  </div>
);

/** What each card of the status page is given. */
export interface StatusCardProps {
  view: StatusPageView;
  locale: Locale;
  t: Translate;
}

export interface StateText {
  tone: Tone;
  text: TextKey;
}
