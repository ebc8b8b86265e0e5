import { expect, test } from "bun:test";
import { createTestClock } from "@test/support/test-clock.ts";
import { createLiveHub, type LivePage } from "@/live/hub.ts";

const REFRESH = "event: refresh\ndata:\n\n";
const HEARTBEAT_MS = 15_000;

/** A page with an event that a test emits. */
const createPage = (extra: Partial<LivePage> = {}) => {
  const listeners = new Set<() => void>();
  const page: LivePage = {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...extra,
  };
  const emit = () => {
    for (const listener of [...listeners]) listener();
  };
  return { page, emit, listeners };
};

const createHub = (beforeHeartbeat = () => {}) => {
  const clock = createTestClock();
  const hub = createLiveHub({ clock, beforeHeartbeat });
  const watch = (page: LivePage, sessionEnded?: AbortSignal) => {
    const reader = hub.watch(page, sessionEnded).getReader();
    return {
      async next(): Promise<string> {
        const { value, done } = await reader.read();
        return done ? "(end)" : new TextDecoder().decode(value);
      },
      leave: () => reader.cancel(),
    };
  };
  return { clock, hub, watch };
};

test("a reader refreshes at once, since the page may have changed since it was rendered", async () => {
  const { watch } = createHub();
  expect(await watch(createPage().page).next()).toBe(REFRESH);
});

test("a burst of events is one refresh, after the interval", async () => {
  const { clock, watch } = createHub();
  const { page, emit } = createPage();
  const reader = watch(page);
  await reader.next();

  for (let event = 0; event < 100; event++) emit();
  await clock.advance(499);
  const next = reader.next();
  let hasCome = false;
  void next.then(() => {
    hasCome = true;
  });
  await clock.advance(0);
  expect(hasCome).toBe(false);
  await clock.advance(1);
  expect(await next).toBe(REFRESH);
  await clock.advance(HEARTBEAT_MS);
  expect(await reader.next()).toBe(": alive\n\n");
});

test("an event after a quiet time is a refresh at once", async () => {
  const { clock, watch } = createHub();
  const { page, emit } = createPage();
  const reader = watch(page);
  await reader.next();
  await clock.advance(5_000);
  emit();
  await clock.advance(0);
  expect(await reader.next()).toBe(REFRESH);
});

test("a page with state that emits no event is refreshed by the clock", async () => {
  const { clock, watch } = createHub();
  const reader = watch(createPage({ refreshMs: 5_000 }).page);
  await reader.next();
  await clock.advance(5_000);
  expect(await reader.next()).toBe(REFRESH);
  await clock.advance(5_000);
  expect(await reader.next()).toBe(REFRESH);
});

test("a page that is complete ends its stream and frees the subscription", async () => {
  const { clock, hub, watch } = createHub();
  let isComplete = false;
  const { page, emit, listeners } = createPage({ isComplete: () => isComplete });
  const reader = watch(page);
  await reader.next();
  await clock.advance(1_000);
  isComplete = true;
  emit();
  await clock.advance(0);
  expect(await reader.next()).toBe("event: end\ndata:\n\n");
  expect(await reader.next()).toBe("(end)");
  expect([hub.size(), listeners.size, clock.pendingTimers()]).toEqual([0, 0, 0]);
});

test("a reader that leaves frees timers and subscription", async () => {
  const { clock, hub, watch } = createHub();
  const { page, listeners } = createPage({ refreshMs: 5_000 });
  const reader = watch(page);
  await reader.next();
  await reader.leave();
  expect([hub.size(), listeners.size, clock.pendingTimers()]).toEqual([0, 0, 0]);
});

test("the end of the session sends the reader to the login", async () => {
  const { clock, hub, watch } = createHub();
  const session = new AbortController();
  const reader = watch(createPage().page, session.signal);
  await reader.next();
  session.abort();
  expect(await reader.next()).toBe("event: gone\ndata:\n\n");
  expect(await reader.next()).toBe("(end)");
  expect([hub.size(), clock.pendingTimers()]).toEqual([0, 0]);
});

test("expired sessions are looked for before each heartbeat, and get none", async () => {
  const session = new AbortController();
  const { clock, watch } = createHub(() => session.abort());
  const reader = watch(createPage().page, session.signal);
  await reader.next();
  await clock.advance(HEARTBEAT_MS);
  expect(await reader.next()).toBe("event: gone\ndata:\n\n");
  expect(await reader.next()).toBe("(end)");
});

test("a reader that does not read costs no growing queue", async () => {
  const { clock, hub, watch } = createHub();
  const { page, emit } = createPage();
  const reader = watch(page);
  for (let event = 0; event < 1_000; event++) {
    emit();
    await clock.advance(500);
  }
  let queued = 0;
  const stopped = hub.stop();
  while ((await reader.next()) !== "(end)") queued++;
  expect(stopped).toBeUndefined();
  expect(queued).toBeLessThanOrEqual(17);
});

test("streams are bounded", () => {
  const { hub, watch } = createHub();
  for (let reader = 0; reader < 64; reader++) watch(createPage().page);
  expect(() => watch(createPage().page)).toThrow("streams_full");
  hub.stop();
  expect(hub.size()).toBe(0);
});
