import type { Clock } from "@/lib/clock.ts";
import { newToken } from "@/lib/identity.ts";

/** Requests that a page makes by itself do not count as use. */
const IDLE_MS = 12 * 60 * 60_000;
const LIFETIME_MS = 7 * 24 * 60 * 60_000;
const MAX_SESSIONS = 100;

const hash = (key: string) => new Bun.CryptoHasher("sha256").update(key).digest("hex");

/**
 * Login sessions, in memory only: a restart logs everybody out. The browser's cookie holds the key, this map its hash.
 * At `MAX_SESSIONS` the least recently used session ends.
 */
export const createSessions = ({ clock }: { clock: Clock }) => {
  /** By hash of the key, least recently used first. */
  const sessions = new Map<string, { ended: AbortController; openedAtMs: number; usedAtMs: number }>();

  const end = (id: string) => {
    sessions.get(id)?.ended.abort();
    sessions.delete(id);
  };

  const endExpired = () => {
    const nowMs = clock.monotonicMs();
    for (const [id, { openedAtMs, usedAtMs }] of sessions) {
      if (nowMs - usedAtMs >= IDLE_MS || nowMs - openedAtMs >= LIFETIME_MS) end(id);
    }
  };

  return {
    /** @returns the key for the browser's cookie; store it nowhere else. */
    open(): string {
      endExpired();
      const [oldest] = sessions.keys();
      if (sessions.size >= MAX_SESSIONS && oldest !== undefined) end(oldest);
      const key = newToken();
      const nowMs = clock.monotonicMs();
      sessions.set(hash(key), { ended: new AbortController(), openedAtMs: nowMs, usedAtMs: nowMs });
      return key;
    },
    /** The signal that the session of this key ends, for any reason; `isUse` restarts its idle time. */
    find(key: string, { isUse }: { isUse: boolean }): AbortSignal | undefined {
      endExpired();
      const id = hash(key);
      const session = sessions.get(id);
      if (session && isUse) {
        session.usedAtMs = clock.monotonicMs();
        sessions.delete(id);
        sessions.set(id, session);
      }
      return session?.ended.signal;
    },
    close: (key: string): void => end(hash(key)),
    /** Called while streams are open, since without requests nothing else checks. */
    endExpired,
    size: () => sessions.size,
  };
};

export type Sessions = ReturnType<typeof createSessions>;
