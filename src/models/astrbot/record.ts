import { firstOf } from "@/lib/bounded.ts";
import { holdsKey, maskKeysInPath } from "@/lib/secret-shapes.ts";
import type {
  AgentRunnerView,
  ProviderDetailView,
  ProviderView,
  ReadReport,
  SkippedReport,
  SkippedView,
} from "../view.ts";
import { type AddressFault, toWarning } from "../warnings.ts";

/** What every source is read into. No other field is ever copied out of a row: it may hold a secret. */
export interface ProviderList {
  /** In the list's order; ids may repeat. */
  providers: ProviderDetailView[];
  skipped: SkippedView[];
  /** See `warnings.ts`. */
  warnings: string[];
  /** AstrBot's default one; all but its id is "" if the list does not contain it. */
  using_provider: ProviderView | null;
  /** What answers the chat in place of a model. */
  agent_runner: AgentRunnerView | null;
  /** The ids of the models that are tried when the default one fails, in order. */
  fallback_provider_ids: string[];
}

export const NO_PROVIDERS: ProviderList = {
  providers: [],
  skipped: [],
  warnings: [],
  using_provider: null,
  agent_runner: null,
  fallback_provider_ids: [],
};

/** @property at the key whose value is of the wrong shape; `$` for the document itself. */
export type ReadOutcome = ({ kind: "read" } & ProviderList) | { kind: "wrong_shape"; at: string };

export type RowOutcome = { record: ProviderDetailView; warning?: string } | { skipped: Omit<SkippedView, "index"> };

export type JsonObject = Readonly<Record<string, unknown>>;

const FIELDS = ["id", "model", "provider_type", "base_url"] as const;

/** Of one list, in number and in characters; an AstrBot with every model of a large reseller has some hundreds. */
export const MAX_PROVIDERS = 2000;
export const MAX_PROVIDER_CHARS = 256 * 1024;
export const MAX_NAME_LENGTH = 512;
export const MAX_SKIPPED_NAMED = 100;
export const MAX_FALLBACKS = 50;
/** Of each kind of row that is named in the record of a sync. */
export const MAX_NAMED_CHARS = 12_000;
const MAX_URL_LENGTH = 2048;
const MAX_PATH_LENGTH = 512;
const CONTROL = /\p{Cc}/u;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `id`, then `provider_id`, everywhere: what Python calls false falls through, a blank string does not. */
export const idOf = (row: JsonObject): unknown => row.id || row.provider_id;

/** Strings trimmed, finite numbers as text, nothing as "" (contract). */
const toLine = (value: unknown, maxLength: number): { text: string; fault?: SkippedView["reason"] } => {
  if (value === undefined || value === null) return { text: "" };
  if (typeof value !== "string" && !Number.isFinite(value)) return { text: "", fault: "not_text" };
  const text = String(value).trim();
  if (text.length > maxLength) return { text: "", fault: "too_long" };
  return text.isWellFormed() && !CONTROL.test(text) ? { text } : { text: "", fault: "bad_characters" };
};

/** A usable id or "". */
export const nameOf = (value: unknown): string => toLine(value, MAX_NAME_LENGTH).text;

/**
 * The first invalid field makes the row unusable.
 * @param raw the values a source found for a record, as they are in the JSON.
 */
export const toRecord = (
  raw: JsonObject & Pick<ProviderDetailView, "capability" | "enabled">,
  { needsModel }: { needsModel: boolean },
): RowOutcome => {
  const texts = { id: "", model: "", provider_type: "", base_url: "" };
  for (const field of FIELDS) {
    const { text, fault } = toLine(raw[field], field === "base_url" ? MAX_URL_LENGTH : MAX_NAME_LENGTH);
    const isRequired = field === "id" || (field === "model" && needsModel);
    const reason = fault ?? (isRequired && text === "" ? "missing" : undefined);
    if (reason) return { skipped: { provider_id: nameOf(raw.id), reason, field } };
    texts[field] = text;
  }
  // A mere label: an invalid one does not invalidate the row.
  const vendor = nameOf(raw.vendor);
  const { baseUrl, fault } = readBaseUrl(texts.base_url);
  const { id: provider_id, model, provider_type } = texts;
  return {
    ...(fault && { warning: toWarning(`base_url_${fault}`, provider_id) }),
    record: {
      provider_id,
      model,
      provider_type,
      base_url: baseUrl,
      capability: raw.capability,
      vendor: holdsKey(vendor) ? "" : vendor,
      enabled: raw.enabled,
      is_default: false,
    },
  };
};

/** Marks the first row of that id, which is the one that AstrBot uses. */
export const markDefault = (providers: readonly ProviderDetailView[], defaultId: string): ProviderDetailView[] => {
  const at = defaultId === "" ? -1 : providers.findIndex((provider) => provider.provider_id === defaultId);
  return providers.map((provider, index) => ({ ...provider, is_default: index === at }));
};

/** In "user:12/34@host" the host parses as "user:12": an @ that may end a password makes the whole unreadable. */
const AMBIGUOUS_AT = /^\/[^/]*@|[^/]@/;

/** What `new URL` would silently delete, encode or convert, while AstrBot's client fails or calls another address. */
const ADDRESS_FAULTS: readonly [AddressFault, RegExp][] = [
  ["invisible", /\p{Cf}|\p{Cc}/u],
  ["fullwidth", /[\u3000-\u303f\uff00-\uffef]/],
  ["spaces", /\s/],
  ["no_scheme", /^(?![a-z][a-z\d+.-]*:\/\/)/i],
  ["not_http", /^(?!https?:)/i],
];

/**
 * Reduces an address to scheme, host, port and path (contract); user, query and fragment go, and a path segment that
 * holds a key becomes `***`. Whatever is not an http(s) address becomes "", never the raw text.
 */
export const readBaseUrl = (raw: string): { baseUrl: string; fault?: AddressFault } => {
  const text = raw.trim();
  if (text === "") return { baseUrl: "" };
  if (text.length > MAX_URL_LENGTH) return { baseUrl: "", fault: "unreadable" };
  const fault = ADDRESS_FAULTS.find(([, pattern]) => pattern.test(text))?.[0];
  if (fault) return { baseUrl: "", fault };
  const url = text.isWellFormed() ? URL.parse(text) : null;
  // In "https://https://host" the host parses as "https".
  if (!url || /^https?$/.test(url.hostname) || AMBIGUOUS_AT.test(url.pathname + url.search + url.hash)) {
    return { baseUrl: "", fault: "unreadable" };
  }
  // Encoded, a text may be nine times as long.
  if (url.pathname.length > MAX_PATH_LENGTH) return { baseUrl: "", fault: "unreadable" };
  const path = maskKeysInPath(url.pathname);
  // `https://host` parses with the path `/`, which is not in the text.
  const hasPath = /^https?:\/\/[^/?#\\]*[/\\]/i.test(text);
  const baseUrl = url.origin + (path === "/" && !hasPath ? "" : path);
  return text.includes("#") ? { baseUrl, fault: "fragment" } : { baseUrl };
};

export const reduceBaseUrl = (text: string): string => readBaseUrl(text).baseUrl;

export const toSkippedReport = (skipped: readonly SkippedView[]): SkippedReport => ({
  skipped_count: skipped.length,
  skipped: firstOf(skipped, MAX_SKIPPED_NAMED, MAX_NAMED_CHARS),
});

/** @param warnings those that concern no row come first. */
export const toReadReport = (list: ProviderList, warnings: string[] = []): ReadReport => ({
  ...toSkippedReport(list.skipped),
  warnings: [...warnings, ...list.warnings],
  default_provider_id: list.using_provider?.provider_id ?? "",
  agent_runner: list.agent_runner,
  fallback_provider_ids: list.fallback_provider_ids,
});
