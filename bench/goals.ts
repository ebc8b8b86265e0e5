import type { Samples } from "./samples.ts";

/** A figure of the service held against its floor of the same run. */
export interface Goal {
  name: string;
  /** "ratio" to the floor, "difference" from it, or the figure itself. */
  measure: "ratio" | "difference" | "figure";
  figure: string;
  floor?: string;
  atMost?: number;
  atLeast?: number;
}

const USED = "after 20,000 requests";

export const goals: readonly Goal[] = [
  {
    ...figure("idle private dirty, MiB, whole tree of bun run start", "idle: private dirty, bun run start"),
    atMost: 9.5,
  },
  {
    ...ratio("private dirty after use : idle", `${USED}: private dirty, service`, "idle: private dirty, service"),
    atMost: 1.4,
  },
  { ...ratio("cold start to first 200", "cold start, service", "cold start, bare"), atMost: 5 },
  {
    ...ratio("GET /api/v1/models", "GET /api/v1/models, 20 rows: requests/s", "bare + sqlite, 20 rows: requests/s"),
    atLeast: 0.5,
  },
  { ...ratio("GET /healthz", "GET /healthz: requests/s", "bare: requests/s"), atLeast: 0.6 },
  {
    name: "submit to spawn over bare spawn, ms",
    measure: "difference",
    figure: "submit to the program's first statement",
    floor: "bare spawn to the program's first statement",
    atMost: 3,
  },
  {
    name: "relay adds to a turn, p50, ms",
    measure: "difference",
    figure: "turn, relayed: p50",
    floor: "turn, straight: p50",
    atMost: 0.4,
  },
];

function figure(name: string, what: string): Goal {
  return { name, measure: "figure", figure: what };
}

function ratio(name: string, what: string, floor: string): Goal {
  return { name, measure: "ratio", figure: what, floor };
}

export interface GoalResult {
  name: string;
  measure: Goal["measure"];
  goal: string;
  floor: number | null;
  figure: number;
  result: number;
  met: boolean;
}

/** @returns nothing of goals whose figures were not measured. */
export const judge = (samples: Samples): GoalResult[] =>
  goals
    .filter(({ figure, floor }) => samples.has(figure) && (floor === undefined || samples.has(floor)))
    .map(({ name, measure, figure, floor, atMost, atLeast }) => {
      const floorMedian = floor === undefined ? null : samples.median(floor);
      const figureMedian = samples.median(figure);
      const result = resultOf(measure, figureMedian, floorMedian);
      return {
        name,
        measure,
        goal: atMost === undefined ? `>= ${atLeast}` : `<= ${atMost}`,
        floor: floorMedian,
        figure: figureMedian,
        result,
        met: atMost === undefined ? result >= (atLeast ?? 0) : result <= atMost,
      };
    });

const resultOf = (measure: Goal["measure"], figure: number, floor: number | null): number => {
  if (floor === null) return figure;
  return measure === "ratio" ? figure / floor : figure - floor;
};
