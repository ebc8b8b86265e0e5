import { expect, test } from "bun:test";
import { createTestClock } from "@test/support/test-clock.ts";
import { silentLogger } from "@/lib/logger.ts";
import type { Fragment, LivePage } from "@/live/feed.ts";
import { createLiveHub } from "@/live/hub.ts";

const SETTLE_MS = 250;

/** A page of parts that a test changes, which counts how often it was rendered. */
const createPage = (changes: Partial<LivePage> = {}) => {
  const listeners = new Set<() => void>();
  const state = { fragments: [] as Fragment[], isFinal: false, rendered: 0, closed: 0 };
  const page: LivePage = {
    key: "page",
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    createRenderer: () => ({
      render() {
        state.rendered++;
        return { fragments: state.fragments, isFinal: state.isFinal };
      },
      close: () => void state.closed++,
    }),
    ...changes,
  };
  const set = (parts: Record<string, string>) => {
    state.fragments = Object.entries(parts).map(([id, html]) => ({ id, html }));
    for (const listener of listeners) listener();
  };
  return { page, state, set, listeners };
};

const createHub = () => {
  const clock = createTestClock();
  let heartbeats = 0;
  const hub = createLiveHub({ clock, logger: silentLogger, beforeHeartbeat: () => void heartbeats++ });
  const watch = (page: LivePage, { ended = undefined as AbortSignal | undefined, lastEventId = "" } = {}) => {
    const reader = hub.watch(page, { ended, lastEventId }).getReader();
    const decoder = new TextDecoder();
    return {
      /** What has come so far and was not read before. */
      async next(): Promise<string> {
        const { value, done } = await reader.read();
        return done ? "(end)" : decoder.decode(value);
      },
      leave: () => reader.cancel(),
    };
  };
  return { clock, hub, watch, heartbeats: () => heartbeats };
};

const bodyOf = (message: string) => message.replace(/^id: .*\n/, "");

test("a watcher gets every part first, then only what changes", async () => {
  const { clock, watch } = createHub();
  const { page, set } = createPage();
  set({ a: "<p id=a>1</p>", b: "<p id=b>1\n2</p>" });
  const watcher = watch(page);

  expect(bodyOf(await watcher.next())).toBe("event: patch\ndata: <p id=a>1</p><p id=b>1\ndata: 2</p>\n\n");
  await clock.advance(SETTLE_MS);
  set({ a: "<p id=a>2</p>", b: "<p id=b>1\n2</p>" });
  expect(bodyOf(await watcher.next())).toBe("event: patch\ndata: <p id=a>2</p>\n\n");
});

test("many watchers cost one rendering a change, and get the same bytes", async () => {
  const { clock, hub, watch } = createHub();
  const { page, state, set, listeners } = createPage();
  const watchers = Array.from({ length: 20 }, () => watch(page));
  set({ a: "<p id=a>1</p>" });
  await clock.advance(SETTLE_MS);
  const first = await Promise.all(watchers.map((watcher) => watcher.next()));
  expect(new Set(first).size).toBe(1);

  await clock.advance(SETTLE_MS);
  const before = state.rendered;
  set({ a: "<p id=a>2</p>" });
  const second = await Promise.all(watchers.map((watcher) => watcher.next()));
  expect(new Set(second).size).toBe(1);
  expect(state.rendered).toBe(before + 1);
  expect(listeners.size).toBe(1);
  expect(hub.size()).toEqual({ feeds: 1, streams: 20 });
});

test("a burst of news becomes one rendering now and one at its end", async () => {
  const { clock, watch } = createHub();
  const { page, state, set } = createPage();
  const watcher = watch(page);
  await clock.advance(SETTLE_MS);
  const before = state.rendered;

  for (let count = 1; count <= 50; count++) set({ a: `<p id=a>${count}</p>` });
  expect(await watcher.next()).toContain("<p id=a>1</p>");
  await clock.advance(SETTLE_MS);
  expect(await watcher.next()).toContain("<p id=a>50</p>");
  expect(state.rendered).toBe(before + 2);
});

test("a watcher that comes back is sent what it missed, and one of another life everything", async () => {
  const { clock, watch } = createHub();
  const { page, set } = createPage();
  set({ a: "<p id=a>1</p>", b: "<p id=b>1</p>" });
  const stays = watch(page);
  const lastEventId = /^id: (.*)$/m.exec(await stays.next())?.[1] ?? "";
  await clock.advance(SETTLE_MS);
  set({ a: "<p id=a>1</p>", b: "<p id=b>2</p>" });
  await clock.advance(SETTLE_MS);

  expect(bodyOf(await watch(page, { lastEventId }).next())).toBe("event: patch\ndata: <p id=b>2</p>\n\n");
  expect(await watch(page, { lastEventId: "another.9" }).next()).toContain("<p id=a>1</p>");
});

test("what tells nobody of its changes is looked at again, while somebody watches", async () => {
  const { clock, watch } = createHub();
  const { page, state } = createPage({ refreshMs: 5000 });
  const watcher = watch(page);
  await clock.advance(SETTLE_MS);
  state.fragments = [{ id: "a", html: "<p id=a>later</p>" }];
  await clock.advance(5000);

  expect(await watcher.next()).toContain("later");
});

test("nothing is left when the last watcher has gone", async () => {
  const { clock, hub, watch } = createHub();
  const { page, state, listeners } = createPage({ refreshMs: 1000 });
  const [one, two] = [watch(page), watch(page)];
  await clock.advance(SETTLE_MS);
  await one.leave();
  expect(hub.size()).toEqual({ feeds: 1, streams: 1 });
  await two.leave();

  expect(hub.size()).toEqual({ feeds: 0, streams: 0 });
  expect(listeners.size).toBe(0);
  expect(clock.pendingTimers()).toBe(0);
  expect(state.closed).toBe(1);
});

test("a page that is complete ends its streams, and says so", async () => {
  const { clock, hub, watch } = createHub();
  const { page, state, set } = createPage();
  const watcher = watch(page);
  await clock.advance(SETTLE_MS);
  state.isFinal = true;
  set({ a: "<p id=a>done</p>" });

  expect(await watcher.next()).toContain("done");
  expect(await watcher.next()).toBe("event: end\ndata:\n\n");
  expect(await watcher.next()).toBe("(end)");
  expect(hub.size()).toEqual({ feeds: 0, streams: 0 });
});

test("a session's streams end with it", async () => {
  const { clock, hub, watch } = createHub();
  const { page } = createPage();
  const session = new AbortController();
  const watcher = watch(page, { ended: session.signal });
  await clock.advance(SETTLE_MS);
  session.abort();

  expect(await watcher.next()).toBe("event: gone\ndata:\n\n");
  expect(await watcher.next()).toBe("(end)");
  expect(hub.size()).toEqual({ feeds: 0, streams: 0 });
});

test("one heartbeat serves all streams, and asks first what has expired", async () => {
  const { clock, watch, heartbeats } = createHub();
  const { page } = createPage();
  const watchers = [watch(page), watch(page)];
  await clock.advance(15_000);

  expect(await Promise.all(watchers.map((watcher) => watcher.next()))).toEqual([": alive\n\n", ": alive\n\n"]);
  expect(heartbeats()).toBe(1);
});

test("there are 64 streams at most, and a reader that does not read is cut off", async () => {
  const { clock, hub, watch } = createHub();
  const { page, set } = createPage();
  for (const _ of Array(64)) watch(page);
  expect(() => watch(page)).toThrow(/streams_full/);

  for (let count = 0; count < 5; count++) {
    set({ a: `<p id=a>${count}${"x".repeat(100_000)}</p>` });
    await clock.advance(SETTLE_MS);
  }
  expect(hub.size().streams).toBe(0);
});

test("a page that cannot be followed takes no place", () => {
  const { hub, watch } = createHub();
  const { page } = createPage({
    createRenderer() {
      throw new Error("EMFILE");
    },
  });
  expect(() => watch(page)).toThrow("EMFILE");
  expect(hub.size()).toEqual({ feeds: 0, streams: 0 });
});
