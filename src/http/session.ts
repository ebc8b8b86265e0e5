import type { Clock } from "@/lib/clock.ts";

/** A forgotten tab; nothing that a page does by itself counts as use. */
const IDLE_MS = 12 * 60 * 60_000;
const LIFETIME_MS = 7 * 24 * 60 * 60_000;
const MAX_SESSIONS = 100;
const KEY_BYTES = 32;

export interface Session {
  /** Aborts when the session ends, however it does: its open streams end with it. */
  ended: AbortSignal;
}

interface StoredSession extends Session {
  openedAtMs: number;
  usedAtMs: number;
  end(): void;
}

const hash = (key: string) => new Bun.CryptoHasher("sha256").update(key).digest("hex");

/**
 * Who has logged in, in memory only: a restart logs everybody out. The key leaves for the browser and is kept here as
 * its hash. Beyond the bound the session unused for longest goes.
 */
export const createSessions = ({ clock }: { clock: Clock }) => {
  /** By hash of the key, least recently used first. */
  const sessions = new Map<string, StoredSession>();

  const remove = (id: string) => {
    const session = sessions.get(id);
    sessions.delete(id);
    session?.end();
  };

  const isExpired = ({ openedAtMs, usedAtMs }: StoredSession, nowMs: number) =>
    nowMs - usedAtMs >= IDLE_MS || nowMs - openedAtMs >= LIFETIME_MS;

  const endExpired = () => {
    const nowMs = clock.monotonicMs();
    for (const [id, session] of sessions) if (isExpired(session, nowMs)) remove(id);
  };

  return {
    /** @returns the key, which nothing but the browser's cookie may hold. */
    open(): string {
      endExpired();
      const [oldest] = sessions.keys();
      if (sessions.size >= MAX_SESSIONS && oldest !== undefined) remove(oldest);
      const key = crypto
        .getRandomValues(new Uint8Array(KEY_BYTES))
        .toBase64({ alphabet: "base64url", omitPadding: true });
      const end = new AbortController();
      const nowMs = clock.monotonicMs();
      sessions.set(hash(key), {
        openedAtMs: nowMs,
        usedAtMs: nowMs,
        ended: end.signal,
        end: () => end.abort(),
      });
      return key;
    },

    /** The living session of this key; `isUse` keeps it from being idle. */
    find(key: string, { isUse }: { isUse: boolean }): Session | undefined {
      const id = hash(key);
      const session = sessions.get(id);
      if (!session) return undefined;
      const nowMs = clock.monotonicMs();
      if (isExpired(session, nowMs)) {
        remove(id);
        return undefined;
      }
      if (isUse) {
        session.usedAtMs = nowMs;
        sessions.delete(id);
        sessions.set(id, session);
      }
      return session;
    },

    close: (key: string): void => remove(hash(key)),
    /** For whoever keeps streams open: without a request nobody else looks. */
    endExpired,
    size: () => sessions.size,
  };
};

export type Sessions = ReturnType<typeof createSessions>;
