import type { Report } from "./report.ts";

/** What `bench:check` compares: a figure of the service over its floor of the same run, never one that is a machine's. */
export interface Watched {
  name: string;
  figure: string;
  floor: string;
}

const moment = (what: string, figure: string, floor: string): Watched[] =>
  ["private dirty", "RSS"].map((kind) => ({
    name: `${what}: ${kind}`,
    figure: figure.replace("*", kind),
    floor: floor.replace("*", kind),
  }));

/** An answer's price: the rate says the same, but as loudly as the machine is noisy. */
const answer = (target: string, floor: string): Watched => ({
  name: `${target}: processor time`,
  figure: `${target}: processor µs an answer`,
  floor: `${floor}: processor µs an answer`,
});

const ROWS = "bare + sqlite, 20 rows";

/** Less is better in all of them. */
export const watched: readonly Watched[] = [
  { name: "cold start", figure: "cold start, service", floor: "cold start, bare" },
  ...moment("idle", "idle: *, service", "idle: *, bare"),
  ...moment("after 20,000 requests", "after 20,000 requests: *, service", "idle: *, bare"),
  ...moment("with 50 event readers", "with 50 event readers: *, service", "idle: *, bare"),
  answer("GET /healthz", "bare"),
  answer("GET /api/v1/models, 20 rows", ROWS),
  answer("GET /api/v1/status", ROWS),
  answer("GET /web/status", ROWS),
  answer("GET a job", ROWS),
  {
    name: "submit to spawn",
    figure: "submit to the program's first statement",
    floor: "bare spawn to the program's first statement",
  },
  { name: "relayed turn", figure: "turn, relayed: p50", floor: "turn, by a bare relay: p50" },
];

/** Of each that the report has both figures of. */
export const ratiosOf = ({ measured }: Report): Map<string, number> => {
  const medians = new Map(measured.map(({ name, median }) => [name, median]));
  return new Map(
    watched.flatMap(({ name, figure, floor }) => {
      const [over, under] = [medians.get(figure), medians.get(floor)];
      return over === undefined || under === undefined ? [] : [[name, over / under]];
    }),
  );
};
