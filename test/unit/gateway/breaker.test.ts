import { describe, expect, test } from "bun:test";
import { createTestClock, type TestClock } from "@test/support/test-clock.ts";
import { type Breaker, createBreaker, type Permit } from "@/gateway/breaker.ts";

const admitted = (breaker: Breaker): Permit => {
  const admission = breaker.admit();
  if (admission.kind !== "admitted") throw new Error("the breaker refused");
  return admission.permit;
};

const fail = (breaker: Breaker, times = 1) => {
  for (let time = 0; time < times; time++) admitted(breaker).failed("ECONNREFUSED");
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
    admitted(breaker).answered();
    fail(breaker);

    expect(breaker.view()).toMatchObject({ state: "closed", consecutive_failures: 1 });
  });

  test("counts a request once, however often it is settled", () => {
    const breaker = createBreaker({ clock: createTestClock() });
    const permit = admitted(breaker);

    permit.failed("reset");
    permit.failed("reset");
    permit.answered();

    expect(breaker.view()).toMatchObject({ state: "closed", consecutive_failures: 1 });
  });

  test("neither counts nor forgives when a caller went away", () => {
    const breaker = createBreaker({ clock: createTestClock() });

    fail(breaker);
    admitted(breaker).abandoned();
    expect(breaker.view().consecutive_failures).toBe(1);

    fail(breaker);
    expect(breaker.view().state).toBe("open");
  });
});

describe("an open breaker", () => {
  test("refuses everybody for a minute, with the seconds that are left", async () => {
    const { breaker, clock } = await opened();

    expect(breaker.admit()).toEqual({ kind: "refused", retryAfterSeconds: 60 });
    await clock.advance(59_001);
    expect(breaker.admit()).toEqual({ kind: "refused", retryAfterSeconds: 1 });
    expect(breaker.view()).toMatchObject({ state: "open", opened_at: "2026-03-01T00:00:00Z" });
  });

  test("does not listen to requests sent before it opened", () => {
    const breaker = createBreaker({ clock: createTestClock() });
    const [early, late] = [admitted(breaker), admitted(breaker)];
    fail(breaker, 2);

    early.answered();
    late.failed("late");

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
    expect(admissions[99]).toEqual({ kind: "refused", retryAfterSeconds: 5 });
    expect(breaker.view()).toMatchObject({ state: "half_open", retry_after_seconds: 0 });
  });

  test("closes when its trial is answered", async () => {
    const { breaker } = await halfOpen();

    admitted(breaker).answered();

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

    admitted(breaker).failed("timeout");

    expect(breaker.admit()).toEqual({ kind: "refused", retryAfterSeconds: 60 });
    expect(breaker.view()).toMatchObject({ consecutive_failures: 3, opened_at: "2026-03-01T00:01:00Z" });
  });

  test("gives the trial to the next caller when the first went away", async () => {
    const { breaker } = await halfOpen();

    admitted(breaker).abandoned();

    expect(breaker.admit().kind).toBe("admitted");
    expect(breaker.admit().kind).toBe("refused");
  });

  test("shows as such from the moment a trial is due, also when nobody comes to make it", async () => {
    const { breaker } = await halfOpen();

    expect(breaker.view()).toMatchObject({ state: "half_open", retry_after_seconds: 0 });
  });
});

describe("a gateway whose turns fail while it answers the free probe", () => {
  const turn = { canProve: "turn", traceId: "t-1" } as const;
  const turnAdmitted = (breaker: Breaker): Permit => {
    const admission = breaker.admit(turn);
    if (admission.kind !== "admitted") throw new Error("the breaker refused");
    return admission.permit;
  };
  const openedByTurns = () => {
    const clock = createTestClock();
    const breaker = createBreaker({ clock });
    for (const _ of [1, 2]) {
      turnAdmitted(breaker).failed("timeout", "turn");
      // What a reader of the status page sets off in between.
      if (breaker.view().state === "closed") admitted(breaker).answered();
    }
    return { breaker, clock };
  };

  test("opens the breaker although a green probe came between the failures", () => {
    expect(openedByTurns().breaker.view()).toMatchObject({ state: "open", consecutive_failures: 2 });
  });

  test("is looked at by the probe after the minute, which leaves the trial to a turn", async () => {
    const { breaker, clock } = openedByTurns();
    await clock.advance(60_000);

    admitted(breaker).answered();
    expect(breaker.view()).toMatchObject({ state: "half_open", consecutive_failures: 2 });

    const trial = turnAdmitted(breaker);
    expect(breaker.admit(turn).kind).toBe("refused");
    trial.answered("turn");
    expect(breaker.view()).toMatchObject({ state: "closed", consecutive_failures: 0 });
  });

  test("is open for another minute when even the probe fails then", async () => {
    const { breaker, clock } = openedByTurns();
    await clock.advance(60_000);

    admitted(breaker).failed("ECONNREFUSED");

    expect(breaker.view()).toMatchObject({ state: "open", retry_after_seconds: 60, last_error: "ECONNREFUSED" });
  });

  test("gives the trial on when its turn proved nothing: the caller's own mistake, refused by the gateway", async () => {
    const { breaker, clock } = openedByTurns();
    await clock.advance(60_000);

    turnAdmitted(breaker).answered("answer");

    expect(breaker.view().state).toBe("half_open");
    expect(breaker.admit(turn).kind).toBe("admitted");
  });
});

describe("every change is told once, with the request behind it:", () => {
  test("failures, and each turn of the state", async () => {
    const clock = createTestClock();
    const changes: string[] = [];
    const breaker = createBreaker({
      clock,
      onChange: ({ from, to, traceId, snapshot }) => changes.push(`${from}>${to} ${snapshot.failures} ${traceId}`),
    });
    const send = (traceId: string) => {
      const admission = breaker.admit({ canProve: "turn", traceId });
      return admission.kind === "admitted" ? admission.permit : undefined;
    };

    send("a")?.answered("turn");
    send("b")?.failed("x");
    send("c")?.failed("x");
    send("d");
    await clock.advance(60_000);
    send("e")?.answered("turn");

    expect(changes).toEqual(["closed>closed 1 b", "closed>open 2 c", "open>half_open 2 e", "half_open>closed 0 e"]);
  });
});

describe("across a restart", () => {
  const restarted = (breaker: Breaker, at: string) =>
    createBreaker({ clock: createTestClock(at), snapshot: JSON.parse(JSON.stringify(breaker)) });

  test("the countdown goes on where the time has come to", async () => {
    const { breaker } = await opened();

    expect(restarted(breaker, "2026-03-01T00:00:20Z").view()).toEqual({ ...breaker.view(), retry_after_seconds: 40 });
    expect(restarted(breaker, "2026-03-01T00:05:00Z").admit().kind).toBe("admitted");
  });

  test("a clock set back does not stretch the minute", async () => {
    const { breaker } = await opened();

    expect(restarted(breaker, "2026-02-01T00:00:00Z").view().retry_after_seconds).toBe(60);
  });

  test("a trial cut off by the restart is made anew", async () => {
    const { breaker, clock } = await opened();
    await clock.advance(60_000);
    admitted(breaker);

    expect(restarted(breaker, "2026-03-01T00:01:00Z").admit().kind).toBe("admitted");
  });

  test("a single failure is still remembered", () => {
    const breaker = createBreaker({ clock: createTestClock() });
    fail(breaker);
    const later = restarted(breaker, "2026-03-01T01:00:00Z");

    fail(later);

    expect(later.view().state).toBe("open");
  });
});
