import { and, count, desc, eq, gt, isNotNull, lt, not, notInArray, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteUpdateSetSource } from "drizzle-orm/sqlite-core";
import { z } from "zod";
import type { Db } from "@/db/open.ts";
import { savedRunningTime } from "@/db/running-time.ts";
import { outbox } from "@/db/schema.ts";
import { createServiceState } from "@/db/service-state.ts";
import { prepared } from "@/db/statements.ts";
import { toTimestamp } from "@/lib/clock.ts";
import { jsonIn } from "@/lib/http.ts";

export type OutboxRow = typeof outbox.$inferSelect;
/** Where a message goes; `recipient` is null for the configured chat. */
export type Destination = Pick<OutboxRow, "channel" | "recipient">;
/** The content of a row. */
export type Message = Pick<OutboxRow, "kind" | "at" | "since" | "lines" | "data">;
/** What is sent. */
export type News = Omit<Message, "since"> & Pick<OutboxRow, "deliveryId">;
type Addressed = Destination & Pick<OutboxRow, "subject"> & { dueAt?: string | null };
export type Tried = Pick<OutboxRow, "state" | "triedAt" | "reason" | "detail">;

/** Problems that were announced, or are about to be, and whose end was not. */
const OpenProblem = z.object({ kind: z.string(), severity: z.string(), since: z.string(), title: z.string() });
const OpenProblems = z.record(z.string(), OpenProblem);
export type OpenProblem = z.output<typeof OpenProblem>;
export type OpenProblems = z.output<typeof OpenProblems>;

const DAY_MS = 24 * 60 * 60 * 1000;
const KEPT_DAYS = 7;
const MAX_KEPT = 500;
const MAX_WAITING = 500;
const OPEN_PROBLEMS = "open_problems";

const { position, channel, recipient, subject, state, triedAt, agedFrom } = outbox;
const isWaiting = eq(state, "waiting");

/** Messages, first to last by `position`. They are so few that only what each look at the status reads is prepared. */
export const createOutboxRepository = (db: Db) => {
  const service = createServiceState(db);
  const countWaiting = prepared(() =>
    db.select({ channel, count: count() }).from(outbox).where(isWaiting).groupBy(channel),
  );
  const update = (at: number, columns: SQLiteUpdateSetSource<typeof outbox>) =>
    void db
      .update(outbox)
      .set(columns)
      .where(and(eq(position, at), isWaiting))
      .run();
  const newest = (which: SQL, limit: number) =>
    db.select({ position }).from(outbox).where(which).orderBy(desc(position)).limit(limit);
  // Rows from before the running time was first saved have only the wall clock's time.
  const isOlderThan = (days: number, now: Date) =>
    lt(sql`coalesce(${agedFrom}, ${outbox.at})`, toTimestamp(new Date(now.getTime() - days * DAY_MS)));

  return {
    transact: <Result>(write: () => Result): Result => db.transaction(write, { behavior: "immediate" }),
    add(row: Addressed & Message): void {
      const deliveryId = crypto.randomUUID();
      db.insert(outbox)
        .values({ ...row, deliveryId, state: "waiting", agedFrom: savedRunningTime })
        .run();
    },
    /** Under a new id, since the old text may have been received. */
    replace: (at: number, message: Message): void => update(at, { ...message, deliveryId: crypto.randomUUID() }),
    remove: (at: number): void => void db.delete(outbox).where(eq(position, at)).run(),
    noteTried: (at: number, tried: Tried): void => update(at, { ...tried, attempts: sql`${outbox.attempts} + 1` }),
    listWaiting: (): OutboxRow[] => db.select().from(outbox).where(isWaiting).orderBy(position).all(),
    /** The newest message about it that was not delivered yet. */
    waitingAbout(about: Destination & Pick<OutboxRow, "subject">): OutboxRow | undefined {
      const isSame = [eq(channel, about.channel), eq(subject, about.subject), sql`${recipient} is ${about.recipient}`];
      return db
        .select()
        .from(outbox)
        .where(and(isWaiting, ...isSame))
        .orderBy(desc(position))
        .limit(1)
        .get();
    },
    deliveredSince: (since: string) =>
      db
        .select({ channel, triedAt })
        .from(outbox)
        .where(and(eq(state, "delivered"), gt(triedAt, since)))
        .orderBy(triedAt)
        .all(),
    countWaiting: () => countWaiting().all(),
    lastTried: (name: string): OutboxRow | undefined =>
      db
        .select()
        .from(outbox)
        .where(and(eq(channel, name), isNotNull(triedAt)))
        .orderBy(desc(triedAt), desc(position))
        .limit(1)
        .get(),
    isEmpty: (): boolean => db.select({ position }).from(outbox).limit(1).get() === undefined,
    /** Gives up what has waited for a day, and deletes old rows. @param now by the running time. */
    deleteOld(now: Date): { channel: string }[] {
      const isGivenUp = or(isOlderThan(1, now), notInArray(position, newest(isWaiting, MAX_WAITING)));
      const expired = db
        .update(outbox)
        .set({ state: "expired" })
        .where(and(isWaiting, isGivenUp))
        .returning({ channel })
        .all();
      const isOld = or(isOlderThan(KEPT_DAYS, now), notInArray(position, newest(not(isWaiting), MAX_KEPT)));
      db.delete(outbox)
        .where(and(not(isWaiting), isOld))
        .run();
      return expired;
    },

    /** In a backup: they may have been sent since. */
    expireAll: (): void => void db.update(outbox).set({ state: "expired" }).where(isWaiting).run(),

    openProblems: (): OpenProblems => OpenProblems.safeParse(jsonIn(service.load(OPEN_PROBLEMS) ?? "")).data ?? {},
    saveOpenProblems: (problems: OpenProblems, updatedAt: string): void =>
      service.save(OPEN_PROBLEMS, JSON.stringify(problems), updatedAt),
  };
};

export type OutboxRepository = ReturnType<typeof createOutboxRepository>;
