import type { Clock } from "@/lib/clock.ts";
import { printable } from "@/lib/text.ts";
import type { Stream } from "./streams.ts";

/** A part of a page: one element that carries `id`. `into` names the list a new one is appended to. */
export interface Fragment {
  id: string;
  html: string;
}

export interface Renderer {
  /** Every part of the page that may change. `isFinal`: nothing will change any more. */
  render(): Rendering | Promise<Rendering>;
  close?(): void;
}

interface Rendering {
  fragments: readonly Fragment[];
  isFinal?: boolean;
}

/** What one page shows live; whoever opens it with the same `key` is sent the same bytes. */
export interface LivePage {
  /** Page, language and whatever else decides what is in it. */
  key: string;
  /** Calls back when something may have changed. */
  subscribe(listener: () => void): () => void;
  /** Looked at again this often as well, while somebody watches: for what tells nobody that it changes. */
  refreshMs?: number;
  createRenderer(): Renderer;
}

interface FeedDeps {
  page: LivePage;
  clock: Clock;
  onEmpty(): void;
  onError(error: unknown): void;
}

/** A burst of news becomes one rendering. */
const MIN_INTERVAL_MS = 200;

/**
 * One page as all its watchers see it: rendered once per change, compared part by part with what was sent before, and
 * only the difference goes out. Each part keeps the version in which it last changed, so a reader that comes back is
 * sent what it missed.
 */
export const createFeed = ({ page, clock, onEmpty, onError }: FeedDeps) => {
  /** Versions of another process or another life of this feed mean nothing here. */
  const epoch = crypto.getRandomValues(new Uint8Array(6)).toHex();
  const renderer = page.createRenderer();
  /** Whether each has been sent what the page holds; until then it is sent no difference. */
  const watchers = new Map<Stream, boolean>();
  const parts = new Map<string, { html: string; version: number }>();
  let version = 0;
  let isFinal = false;
  let isClosed = false;
  let rendering: Promise<void> | undefined;
  let isStale = false;
  let cancelTimer = () => {};
  let renderedAtMs = Number.NEGATIVE_INFINITY;

  const messageOf = (since: number): Uint8Array | undefined => {
    const changed = [...parts.values()].filter((part) => part.version > since);
    if (changed.length === 0) return undefined;
    const data = changed.map(({ html }) => html).join("");
    return encode(`id: ${epoch}.${version}\nevent: patch\n${dataLines(data)}\n`);
  };

  const render = async () => {
    isStale = false;
    const result = await renderer.render();
    if (isClosed) return;
    renderedAtMs = clock.monotonicMs();
    isFinal = result.isFinal ?? false;
    const before = version;
    const changed = result.fragments
      .map(({ id, html }) => ({ id, html: printable(html) }))
      .filter(({ id, html }) => parts.get(id)?.html !== html);
    if (changed.length > 0) version++;
    for (const { id, html } of changed) parts.set(id, { html, version });
    const kept = new Set(result.fragments.map(({ id }) => id));
    for (const id of parts.keys()) if (!kept.has(id)) parts.delete(id);
    const message = messageOf(before);
    for (const [watcher, isCaughtUp] of [...watchers]) {
      if (!isCaughtUp) continue;
      if (message) watcher.send(message);
      if (isFinal) watcher.close(END);
    }
  };

  /** At most one rendering at a time, and one in MIN_INTERVAL_MS. */
  const refresh = (): Promise<void> => {
    isStale = true;
    rendering ??= render()
      .catch(onError)
      .finally(() => {
        rendering = undefined;
        plan();
      });
    return rendering;
  };

  const plan = () => {
    cancelTimer();
    if (isClosed || isFinal) return;
    const waitMs = isStale ? MIN_INTERVAL_MS : page.refreshMs;
    if (waitMs !== undefined) cancelTimer = clock.schedule(waitMs, () => void refresh());
  };

  const onNews = () => {
    const isEarly = clock.monotonicMs() - renderedAtMs < MIN_INTERVAL_MS;
    if (!rendering && !isEarly) return void refresh();
    const wasStale = isStale;
    isStale = true;
    if (!rendering && !wasStale) plan();
  };

  const close = () => {
    isClosed = true;
    cancelTimer();
    unsubscribe();
    renderer.close?.();
    onEmpty();
  };

  const unsubscribe = page.subscribe(onNews);

  return {
    /** @param lastEventId what the reader was sent last, if it comes back. */
    async join(stream: Stream, lastEventId: string | undefined): Promise<void> {
      watchers.set(stream, false);
      const [knownEpoch, known] = lastEventId?.split(".") ?? [];
      const since = knownEpoch === epoch ? Number(known) : 0;
      await refresh();
      if (!watchers.has(stream)) return;
      watchers.set(stream, true);
      const missed = messageOf(since);
      if (missed) stream.send(missed);
      if (isFinal) stream.close(END);
    },
    leave(stream: Stream): void {
      watchers.delete(stream);
      if (watchers.size === 0 && !isClosed) close();
    },
  };
};

export type Feed = ReturnType<typeof createFeed>;

const encode = (text: string) => new TextEncoder().encode(text);
/** The page is complete: the browser is to ask no more. */
const END = encode("event: end\ndata:\n\n");

const dataLines = (text: string) =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join("");
