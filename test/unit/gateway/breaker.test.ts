import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { onTestEnd } from "@test/support/cleanup.ts";
import { silentLogger } from "@test/support/silent-logger.ts";
import { createTestClock, type TestClock } from "@test/support/test-clock.ts";
import { createAudit } from "@/audit/audit.ts";
import { openDatabase } from "@/db/open.ts";
import {
  afterSignal,
  type Breaker,
  type BreakerState,
  closed,
  createBreaker,
  createPersistentBreaker,
  decide,
  type Permit,
} from "@/gateway/breaker.ts";
import { type BreakerSnapshot, createGatewayRepository } from "@/gateway/repository.ts";
import { createLockRetry } from "@/lib/retry.ts";

const admitted = (breaker: Breaker): Permit => {
  const admission = breaker.admit();
  if (admission.kind !== "admitted") throw new Error("the breaker refused");
  return admission;
};

const ANSWER = { kind: "success", scope: "answer" } as const;
const TURN = { kind: "success", scope: "turn" } as const;
const FAILURE = { kind: "failure", scope: "answer" } as const;
const FAILED_TURN = { kind: "failure", scope: "turn" } as const;
const NONE = { kind: "none" } as const;

const fail = (breaker: Breaker, times = 1) => {
  for (let time = 0; time < times; time++) admitted(breaker).settle(FAILURE, "ECONNREFUSED");
};

const opened = async (): Promise<{ breaker: Breaker; clock: TestClock }> => {
  const clock = createTestClock("2026-03-01T00:00:00Z");
  const breaker = createBreaker({ clock });
  fail(breaker, 2);
  return { breaker, clock };
};

describe("a closed breaker", () => {
  test("opens at the second failure in a row, not at the first", () => {
    const breaker = createBreaker({ clock: createTestClock() });

    fail(breaker);
    expect(breaker.view()).toMatchObject({ state: "closed", consecutive_failures: 1, last_error: "ECONNREFUSED" });

    fail(breaker);
    expect(breaker.view()).toMatchObject({ state: "open", consecutive_failures: 2, retry_after_seconds: 60 });
  });

  test("forgets a failure when an answer follows", () => {
    const breaker = createBreaker({ clock: createTestClock() });

    fail(breaker);
    admitted(breaker).settle(ANSWER);
    fail(breaker);

    expect(breaker.view()).toMatchObject({ state: "closed", consecutive_failures: 1 });
  });

  test("counts each failure of requests that were sent together", () => {
    const breaker = createBreaker({ clock: createTestClock() });
    const [first, second] = [admitted(breaker), admitted(breaker)];

    first.settle(FAILURE, "reset");
    second.settle(FAILURE, "reset");

    expect(breaker.view()).toMatchObject({ state: "open", consecutive_failures: 2 });
  });

  test("counts a request once, however often it is settled", () => {
    const breaker = createBreaker({ clock: createTestClock() });
    const permit = admitted(breaker);

    permit.settle(FAILURE, "reset");
    permit.settle(FAILURE, "reset");
    permit.settle(ANSWER);

    expect(breaker.view()).toMatchObject({ state: "closed", consecutive_failures: 1 });
  });

  test("neither counts nor forgives when a caller went away", () => {
    const breaker = createBreaker({ clock: createTestClock() });

    fail(breaker);
    admitted(breaker).settle(NONE);
    expect(breaker.view().consecutive_failures).toBe(1);

    fail(breaker);
    expect(breaker.view().state).toBe("open");
  });
});

describe("an open breaker", () => {
  test("refuses everybody for a minute, with the seconds that are left", async () => {
    const { breaker, clock } = await opened();

    expect(breaker.admit()).toEqual({ kind: "refused", code: "circuit_open", retryAfterSeconds: 60 });
    await clock.advance(59_001);
    expect(breaker.admit()).toEqual({ kind: "refused", code: "circuit_open", retryAfterSeconds: 1 });
    expect(breaker.view()).toMatchObject({ state: "open", opened_at: "2026-03-01T00:00:00Z" });
  });

  test("does not listen to requests sent before it opened", () => {
    const breaker = createBreaker({ clock: createTestClock() });
    const [early, late] = [admitted(breaker), admitted(breaker)];
    fail(breaker, 2);

    early.settle(ANSWER);
    late.settle(FAILURE, "late");

    expect(breaker.view()).toMatchObject({ state: "open", consecutive_failures: 2, last_error: "ECONNREFUSED" });
  });
});

describe("a half-open breaker", () => {
  const halfOpen = async () => {
    const { breaker, clock } = await opened();
    await clock.advance(60_000);
    return { breaker, clock };
  };

  test("lets exactly one of a hundred through", async () => {
    const { breaker } = await halfOpen();

    const admissions = Array.from({ length: 100 }, () => breaker.admit());

    expect(admissions.filter(({ kind }) => kind === "admitted")).toHaveLength(1);
    expect(admissions[99]).toEqual({ kind: "refused", code: "circuit_open", retryAfterSeconds: 5 });
    expect(breaker.view()).toMatchObject({ state: "half_open", retry_after_seconds: 0 });
  });

  test("closes when its trial is answered", async () => {
    const { breaker } = await halfOpen();

    admitted(breaker).settle(ANSWER);

    expect(breaker.view()).toEqual({
      state: "closed",
      consecutive_failures: 0,
      opened_at: null,
      retry_after_seconds: 0,
      last_error: "",
    });
    expect(breaker.admit().kind).toBe("admitted");
    expect(breaker.admit().kind).toBe("admitted");
  });

  test("opens for another minute when its trial fails", async () => {
    const { breaker } = await halfOpen();

    admitted(breaker).settle(FAILURE, "timeout");

    expect(breaker.admit()).toEqual({ kind: "refused", code: "circuit_open", retryAfterSeconds: 60 });
    expect(breaker.view()).toMatchObject({ consecutive_failures: 3, opened_at: "2026-03-01T00:01:00Z" });
  });

  test("gives the trial to the next caller when the first went away", async () => {
    const { breaker } = await halfOpen();

    admitted(breaker).settle(NONE);

    expect(breaker.admit().kind).toBe("admitted");
    expect(breaker.admit().kind).toBe("refused");
  });

  test("shows as such from the moment a trial is due, also when nobody comes to make it", async () => {
    const { breaker } = await halfOpen();

    expect(breaker.view()).toMatchObject({ state: "half_open", retry_after_seconds: 0 });
  });
});

describe("a gateway whose turns fail while it answers the free probe", () => {
  const turn = { scope: "turn", traceId: "t-1" } as const;
  const turnAdmitted = (breaker: Breaker): Permit => {
    const admission = breaker.admit(turn);
    if (admission.kind !== "admitted") throw new Error("the breaker refused");
    return admission;
  };
  const openedByTurns = () => {
    const clock = createTestClock();
    const breaker = createBreaker({ clock });
    for (const _ of [1, 2]) {
      turnAdmitted(breaker).settle(FAILED_TURN, "timeout");
      // What a reader of the status page sets off in between.
      if (breaker.view().state === "closed") admitted(breaker).settle(ANSWER);
    }
    return { breaker, clock };
  };

  test("opens the breaker although a green probe came between the failures", () => {
    expect(openedByTurns().breaker.view()).toMatchObject({ state: "open", consecutive_failures: 2 });
  });

  test("is looked at by the probe after the minute, which leaves the trial to a turn", async () => {
    const { breaker, clock } = openedByTurns();
    await clock.advance(60_000);

    admitted(breaker).settle(ANSWER);
    expect(breaker.view()).toMatchObject({ state: "half_open", consecutive_failures: 2 });

    const trial = turnAdmitted(breaker);
    expect(breaker.admit(turn).kind).toBe("refused");
    trial.settle(TURN);
    expect(breaker.view()).toMatchObject({ state: "closed", consecutive_failures: 0 });
  });

  test("is open for another minute when even the probe fails then", async () => {
    const { breaker, clock } = openedByTurns();
    await clock.advance(60_000);

    admitted(breaker).settle(FAILURE, "ECONNREFUSED");

    expect(breaker.view()).toMatchObject({ state: "open", retry_after_seconds: 60, last_error: "ECONNREFUSED" });
  });

  test("gives the trial on when its turn proved nothing: the caller's own mistake, refused by the gateway", async () => {
    const { breaker, clock } = openedByTurns();
    await clock.advance(60_000);

    turnAdmitted(breaker).settle(ANSWER);

    expect(breaker.view().state).toBe("half_open");
    expect(breaker.admit(turn).kind).toBe("admitted");
  });
});

test("how a turn would be refused is asked without being one", async () => {
  const clock = createTestClock();
  const breaker = createBreaker({ clock });
  expect(breaker.refusal()).toBeUndefined();

  fail(breaker, 2);
  expect(breaker.refusal()).toEqual({ kind: "refused", code: "circuit_open", retryAfterSeconds: 60 });

  await clock.advance(60_000);
  expect(breaker.refusal()).toBeUndefined();
  expect(breaker.admit().kind).toBe("admitted");
  expect(breaker.refusal()).toEqual({ kind: "refused", code: "circuit_open", retryAfterSeconds: 5 });
});

describe("every change is reported once, with the request that caused it:", () => {
  test("failures, and each turn of the state", async () => {
    const clock = createTestClock();
    const changes: string[] = [];
    const breaker = createBreaker({
      clock,
      onChange: ({ from, to, traceId, snapshot }) => changes.push(`${from}>${to} ${snapshot.failures} ${traceId}`),
    });
    const send = (traceId: string) => {
      const admission = breaker.admit({ scope: "turn", traceId });
      return admission.kind === "admitted" ? admission : undefined;
    };

    send("a")?.settle(TURN);
    send("b")?.settle(FAILURE, "x");
    send("c")?.settle(FAILURE, "x");
    send("d");
    await clock.advance(60_000);
    send("e")?.settle(TURN);

    expect(changes).toEqual(["closed>closed 1 b", "closed>open 2 c", "open>half_open 2 e", "half_open>closed 0 e"]);
  });

  test("those of the probe, without a request", () => {
    const traceIds: string[] = [];
    const breaker = createBreaker({
      clock: createTestClock(),
      onChange: ({ traceId }) => traceIds.push(traceId),
    });
    admitted(breaker).settle(FAILURE);
    expect(traceIds).toEqual([""]);
    expect(breaker.view().last_error).toBe("");
  });
});

describe("across a restart", () => {
  const started = (snapshot?: BreakerSnapshot, at = "2026-03-01T00:00:00Z") => {
    const clock = createTestClock(at);
    let saved = snapshot;
    const breaker = createBreaker({
      clock,
      snapshot,
      onChange: (change) => {
        saved = change.snapshot;
      },
    });
    return { breaker, clock, restartedAt: (time: string) => started(saved, time).breaker };
  };
  const opened = () => {
    const before = started();
    fail(before.breaker, 2);
    return before;
  };

  test("the countdown goes on where the time has come to", () => {
    const { breaker, restartedAt } = opened();

    expect(restartedAt("2026-03-01T00:00:20Z").view()).toEqual({ ...breaker.view(), retry_after_seconds: 40 });
    expect(restartedAt("2026-03-01T00:05:00Z").admit().kind).toBe("admitted");
  });

  test("a clock set back does not stretch the minute", () => {
    expect(opened().restartedAt("2026-02-01T00:00:00Z").view().retry_after_seconds).toBe(60);
  });

  test("a trial cut off by the restart is made anew", async () => {
    const { breaker, clock, restartedAt } = opened();
    await clock.advance(60_000);
    admitted(breaker);

    expect(restartedAt("2026-03-01T00:01:00Z").admit().kind).toBe("admitted");
  });

  test("a single failure is still remembered", () => {
    const { breaker, restartedAt } = started();
    fail(breaker);
    const later = restartedAt("2026-03-01T01:00:00Z");
    expect(later.view()).toEqual(breaker.view());

    fail(later);

    expect(later.view().state).toBe("open");
  });
});

describe("a stored breaker", () => {
  const createHarness = () => {
    const path = join(newRoot(), "state.db");
    const database = openDatabase(path);
    onTestEnd(database.close);
    const repository = createGatewayRepository(database.db);
    const clock = createTestClock("2026-03-01T00:00:00Z");
    const auditLines: string[] = [];
    const logged: object[] = [];
    const sink = { write: (line: string) => void auditLines.push(line), close: () => {} };
    /** @param gateway a digest of what the breaker is about. */
    const start = (gateway = "0badcafe") =>
      createPersistentBreaker({
        name: "gateway_breaker",
        gateway,
        repository,
        audit: createAudit({ sink, clock, logger: silentLogger }),
        logger: { ...silentLogger, error: (fields: object) => void logged.push(fields) },
        retryWhileLocked: createLockRetry({ clock }),
        clock,
      });
    const send = (breaker: Breaker, traceId: string) => {
      const admission = breaker.admit({ scope: "turn", traceId });
      if (admission.kind !== "admitted") throw new Error("the breaker refused");
      return admission;
    };
    const failTurn = (breaker: Breaker, traceId: string) => send(breaker, traceId).settle(FAILED_TURN, "HTTP 502");
    const audited = () => auditLines.map((line) => JSON.parse(line));
    const stored = () => repository.loadBreaker("gateway_breaker");
    return { path, database, clock, start, send, failTurn, audited, stored, logged };
  };

  test("is the same after a restart, and closed if address, token or settings have changed", () => {
    const { start, failTurn, stored } = createHarness();
    const breaker = start();
    failTurn(breaker, "a");
    expect(start().view()).toEqual(breaker.view());
    failTurn(breaker, "b");

    expect(stored()).toEqual({
      failures: 2,
      last_error: "HTTP 502",
      opened_at: "2026-03-01T00:00:00.000Z",
      cured_by: "turn",
      gateway: "0badcafe",
    });
    expect(start().view()).toEqual(breaker.view());
    expect(start("c0ffee00").view()).toMatchObject({ state: "closed", consecutive_failures: 0, last_error: "" });
  });

  test("has each change of its state audited, with the request that caused it", async () => {
    const { start, send, failTurn, audited, clock } = createHarness();
    const breaker = start();
    failTurn(breaker, "a");
    failTurn(breaker, "b");
    await clock.advance(60_000);
    send(breaker, "c").settle(TURN);

    const row = {
      action_category: "gateway",
      action_type: "breaker",
      error_code: "",
      error: "HTTP 502",
      denied: false,
    };
    const opened = { failures: 2, opened_at: "2026-03-01T00:00:00.000Z" };
    expect(audited()).toEqual([
      {
        ...row,
        time: "2026-03-01T00:00:00Z",
        trace_id: "b",
        status: "open",
        error_code: "circuit_open",
        denied: true,
        decision_reason: "breaker_open",
        params_summary: { breaker: "gateway_breaker", from: "closed", ...opened },
      },
      {
        ...row,
        time: "2026-03-01T00:01:00Z",
        trace_id: "c",
        status: "half_open",
        decision_reason: "breaker_half_open",
        params_summary: { breaker: "gateway_breaker", from: "open", ...opened },
      },
      {
        ...row,
        time: "2026-03-01T00:01:00Z",
        trace_id: "c",
        status: "closed",
        error: "",
        decision_reason: "breaker_closed",
        params_summary: { breaker: "gateway_breaker", from: "half_open", failures: 0, opened_at: null },
      },
    ]);
  });

  test("is stored when another program unlocks the database, as it is then", async () => {
    const { path, start, failTurn, stored, clock, logged } = createHarness();
    const breaker = start();
    const other = new Database(path);
    other.run("BEGIN IMMEDIATE");
    failTurn(breaker, "a");
    other.run("ROLLBACK");
    other.close();
    failTurn(breaker, "b");
    await clock.advance(5000);

    expect(stored()).toMatchObject({ failures: 2 });
    expect(logged).toEqual([]);
  });

  test("works on when it cannot be stored, which is logged with the request's trace", async () => {
    const { database, start, failTurn, logged, clock } = createHarness();
    const breaker = start();
    database.close();
    failTurn(breaker, "a");
    failTurn(breaker, "b");
    await clock.advance(0);

    expect(breaker.view().state).toBe("open");
    expect(logged).toEqual(["a", "b"].map((trace_id) => ({ trace_id, err: expect.any(Error) })));
  });
});

describe("a check by hand", () => {
  const openBreaker = (scope: "answer" | "turn") => {
    const clock = createTestClock("2026-03-01T00:00:00Z");
    const breaker = createBreaker({ clock });
    for (const _ of [1, 2]) admitted(breaker).settle({ kind: "failure", scope }, "refused");
    return breaker;
  };

  test("is sent while the circuit is open, and closes it at once if all it waited for was an answer", () => {
    const breaker = openBreaker("answer");
    expect(breaker.admit().kind).toBe("refused");
    const permit = breaker.admit({ isForced: true });
    if (permit.kind !== "admitted") throw new Error("refused");
    permit.settle({ kind: "success", scope: "answer" });
    expect(breaker.view()).toMatchObject({ state: "closed", consecutive_failures: 0, last_error: "" });
  });

  test("that fails opens it for another minute; two at once are both sent", () => {
    const breaker = openBreaker("answer");
    const permits = [1, 2].map(() => breaker.admit({ isForced: true }));
    for (const permit of permits)
      if (permit.kind === "admitted") permit.settle({ kind: "failure", scope: "answer" }, "x");
    expect(permits.map(({ kind }) => kind)).toEqual(["admitted", "admitted"]);
    expect(breaker.view()).toMatchObject({ state: "open", retry_after_seconds: 60, last_error: "x" });
  });

  test("does not make up for failed turns, whose countdown goes on", () => {
    const breaker = openBreaker("turn");
    const permit = breaker.admit({ isForced: true });
    if (permit.kind === "admitted") permit.settle({ kind: "success", scope: "answer" });
    expect(breaker.view()).toMatchObject({ state: "open", retry_after_seconds: 60 });
    expect(breaker.admit({ scope: "turn" }).kind).toBe("refused");
  });
});

describe("the rules:", () => {
  type Scope = "answer" | "turn";
  const clock = { now: () => new Date("2026-03-01T00:00:00Z"), monotonicMs: () => 0 };
  const failed = (state: BreakerState, scope: Scope) => afterSignal(state, { kind: "failure", scope }, "down", clock);
  const succeeded = (state: BreakerState, scope: Scope) => afterSignal(state, { kind: "success", scope }, "", clock);
  const openedBy = (scope: Scope) => failed(failed(closed, scope), scope);

  test("at first there are no failures, and an answer would end the next one", () => {
    expect(closed).toEqual({ kind: "closed", failures: 0, lastError: "", scope: "answer" });
  });

  test("a closed circuit sends whatever comes", () => {
    expect(decide(closed, "answer", 0)).toEqual({ state: closed, retryAfterMs: 0 });
    expect(decide(failed(closed, "turn"), "turn", 0)).toMatchObject({ retryAfterMs: 0 });
  });

  test("an open circuit refuses until its minute is over, and during the trial for five seconds", () => {
    const state = openedBy("answer");
    expect(decide(state, "turn", 59_999).retryAfterMs).toBe(1);
    const trial = decide(state, "turn", 60_000);
    expect(trial).toMatchObject({ state: { kind: "half_open" }, retryAfterMs: 0 });
    expect(decide(trial.state, "turn", 60_001).retryAfterMs).toBe(5000);
  });

  test("a probe is sent to a circuit that only a turn can close, and leaves the trial to one", () => {
    const state = openedBy("turn");
    expect(decide(state, "answer", 60_000)).toEqual({ state, retryAfterMs: 0 });
    expect(decide(state, "turn", 60_000).state.kind).toBe("half_open");
    expect(decide(openedBy("answer"), "answer", 60_000).state.kind).toBe("half_open");
  });

  test("a failed turn is only made up for by a turn, whatever fails after it", () => {
    expect(failed(failed(closed, "turn"), "answer")).toMatchObject({ kind: "open", failures: 2, scope: "turn" });
    expect(failed(failed(closed, "answer"), "turn")).toMatchObject({ scope: "turn" });
    expect(failed(failed(closed, "answer"), "answer")).toMatchObject({ scope: "answer" });
    expect(succeeded(failed(closed, "turn"), "answer")).toMatchObject({ failures: 1, scope: "turn" });
    expect(succeeded(failed(closed, "turn"), "turn")).toBe(closed);
  });
});
