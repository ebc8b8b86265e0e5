import { and, count, desc, eq, gt, isNotNull, lt, notInArray, or, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { z } from "zod";
import type { Db } from "@/db/open.ts";
import { savedRunningTime } from "@/db/running-time.ts";
import { outbox } from "@/db/schema.ts";
import { createServiceState } from "@/db/service-state.ts";
import { placeholders, prepared } from "@/db/statements.ts";
import { toTimestamp } from "@/lib/clock.ts";
import { jsonIn } from "@/lib/http.ts";

export type OutboxRow = typeof outbox.$inferSelect;
/** Where a message goes; `recipient` is null for the configured chat. */
export type Destination = Pick<OutboxRow, "channel" | "recipient">;
/** The content of a row. */
export type Message = Pick<OutboxRow, "kind" | "at" | "since" | "lines" | "data">;
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
const { placeholder } = sql;
const isWaiting = eq(state, "waiting");
const isAt = eq(position, placeholder("position"));

/** Messages, first to last by `position`. */
export const createOutboxRepository = (db: Db) => {
  const service = createServiceState(db);
  const messageColumns = placeholders("deliveryId", "kind", "at", "since", "lines", "data");
  const insertRow = prepared(() =>
    db.insert(outbox).values({
      ...messageColumns,
      ...placeholders("channel", "recipient", "subject", "dueAt"),
      state: "waiting",
      agedFrom: savedRunningTime,
    }),
  );
  const updateMessage = prepared(() => db.update(outbox).set(messageColumns).where(and(isAt, isWaiting)));
  const updateTried = prepared(() =>
    db
      .update(outbox)
      .set({ ...placeholders("state", "triedAt", "reason", "detail"), attempts: sql`${outbox.attempts} + 1` })
      .where(and(isAt, isWaiting)),
  );
  const deleteRow = prepared(() => db.delete(outbox).where(isAt));
  const selectWaiting = prepared(() => db.select().from(outbox).where(isWaiting).orderBy(position));
  const isOf = (column: SQLiteColumn) => sql`${column} is ${placeholder(column.name)}`;
  const selectSubject = prepared(() =>
    db
      .select()
      .from(outbox)
      .where(and(isWaiting, isOf(channel), isOf(recipient), isOf(subject)))
      .orderBy(desc(position))
      .limit(1),
  );
  const selectDelivered = prepared(() =>
    db
      .select({ channel, triedAt })
      .from(outbox)
      .where(and(eq(state, "delivered"), gt(triedAt, placeholder("since"))))
      .orderBy(triedAt),
  );
  const countWaiting = prepared(() =>
    db.select({ channel, count: count() }).from(outbox).where(isWaiting).groupBy(channel),
  );
  const selectLastTried = prepared(() =>
    db
      .select()
      .from(outbox)
      .where(and(eq(channel, placeholder("channel")), isNotNull(triedAt)))
      .orderBy(desc(triedAt), desc(position))
      .limit(1),
  );
  const ids = () => db.select({ position }).from(outbox).orderBy(desc(position)).$dynamic();
  // Rows from before the running time was first saved have only the wall clock's time.
  const isOlderThan = (name: string) => lt(sql`coalesce(${agedFrom}, ${outbox.at})`, placeholder(name));
  const newestWaiting = ids().where(isWaiting).limit(MAX_WAITING);
  const expireRows = prepared(() =>
    db
      .update(outbox)
      .set({ state: "expired" })
      .where(and(isWaiting, or(isOlderThan("dayAgo"), notInArray(position, newestWaiting))))
      .returning({ channel }),
  );
  const expireWaiting = prepared(() => db.update(outbox).set({ state: "expired" }).where(isWaiting));
  const selectAny = prepared(() => db.select({ position }).from(outbox).limit(1));
  const newestClosed = ids().where(sql`not ${isWaiting}`).limit(MAX_KEPT);
  const deleteRows = prepared(() =>
    db.delete(outbox).where(and(sql`not ${isWaiting}`, or(isOlderThan("weekAgo"), notInArray(position, newestClosed)))),
  );

  const encoded = (message: Message) => ({
    ...message,
    deliveryId: crypto.randomUUID(),
    lines: JSON.stringify(message.lines),
    data: JSON.stringify(message.data),
  });
  const before = (now: Date, days: number) => toTimestamp(new Date(now.getTime() - days * DAY_MS));

  return {
    transact: <Result>(write: () => Result): Result => db.transaction(write, { behavior: "immediate" }),
    add: ({ dueAt = null, ...row }: Addressed & Message): void =>
      void insertRow().run({ ...row, ...encoded(row), dueAt }),
    /** Under a new id, since the old text may have been received. */
    replace: (at: number, message: Message): void => void updateMessage().run({ position: at, ...encoded(message) }),
    remove: (at: number): void => void deleteRow().run({ position: at }),
    noteTried: (at: number, tried: Tried): void => void updateTried().run({ position: at, ...tried }),
    listWaiting: (): OutboxRow[] => selectWaiting().all(),
    /** The newest message about it that was not delivered yet. */
    waitingAbout: (about: Destination & Pick<OutboxRow, "subject">): OutboxRow | undefined =>
      selectSubject().get(about),
    deliveredSince: (since: string) => selectDelivered().all({ since }),
    countWaiting: () => countWaiting().all(),
    lastTried: (name: string): OutboxRow | undefined => selectLastTried().get({ channel: name }),
    isEmpty: (): boolean => selectAny().get() === undefined,
    /** Gives up what has waited for a day, and deletes old rows. @param now by the running time. */
    deleteOld(now: Date): { channel: string }[] {
      const expired = expireRows().all({ dayAgo: before(now, 1) });
      deleteRows().run({ weekAgo: before(now, KEPT_DAYS) });
      return expired;
    },

    /** In a backup: they may have been sent since. */
    expireAll: (): void => void expireWaiting().run(),

    openProblems: (): OpenProblems => OpenProblems.safeParse(jsonIn(service.load(OPEN_PROBLEMS) ?? "")).data ?? {},
    saveOpenProblems: (problems: OpenProblems, updatedAt: string): void =>
      service.save(OPEN_PROBLEMS, JSON.stringify(problems), updatedAt),
  };
};

export type OutboxRepository = ReturnType<typeof createOutboxRepository>;
