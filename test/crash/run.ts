/**
 * `bun run test:crash [--seed n] [--kills n]`: the real server, killed with `kill -9` again and again. The seed
 * decides what the clients do and when the server dies; which statement that falls on is the machine's.
 */
import { parseArgs } from "node:util";
import { killDuringBackups } from "./backup.ts";
import { createLedger, type Ledger, type Rule, rules } from "./ledger.ts";
import { killDuringMigration } from "./migration.ts";
import { killAroundNews, MOST_NEWS_KILLS } from "./news.ts";
import { createRandom, type Random } from "./random.ts";
import { addPredecessorDatabase, createRoot } from "./root.ts";
import { type Boundary, dieAt, listStatements } from "./statements.ts";
import { storm } from "./storm.ts";

const DEFAULT_KILLS = 300;
const SHARE_OF_MIGRATION = 0.2;
const KILLS_PER_MIGRATION = 2;
/** With this many kills every statement boundary is tried, with fewer a part of them. */
const KILLS_FOR_EVERY_BOUNDARY = 300;
const BOUNDARIES_PER_KILL = 0.5;
/** How often the worker looks into an empty queue is not the same in every life: the last boundaries may be missed. */
const MUST_BE_REACHED = 0.9;
/** A weakened server is caught long before. */
const MOST_KILLS_OF_WEAKENED = 60;
const SHARE_OF_NEWS = 1 / 3;
const MOST_SHOWN = 20;
const RETENTION_MAX = 30;
const SETTINGS = { JOB_RETENTION_MAX: String(RETENTION_MAX) };

/** Each guard that is taken away, and the rule that must notice it. */
const weakened: [guard: string, rule: Rule][] = [
  ["rerun", "once"],
  ["leave", "alive"],
  ["early_answer", "exists"],
];

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
    kills: { type: "string", default: String(DEFAULT_KILLS) },
  },
});
const seed = Number(values.seed);
const kills = Number(values.kills);
if (!Number.isInteger(seed) || !Number.isInteger(kills) || kills < 1) throw new Error("--seed and --kills are numbers");

const violations = new Map<Rule, string[]>();
const noteViolation = (rule: Rule, what: string) => violations.set(rule, [...(violations.get(rule) ?? []), what]);
const countOf = (found: ReadonlyMap<Rule, string[]>) => [...found.values()].flat().length;

const withRoot = async <Result>(
  act: (root: string, ledger: Ledger) => Promise<Result>,
  report: (rule: Rule, what: string) => void = noteViolation,
): Promise<Result> => {
  const { root, remove } = createRoot();
  try {
    return await act(root, createLedger({ root, retentionMax: RETENTION_MAX, report }));
  } finally {
    remove();
  }
};

const seconds = (sinceMs: number) => `${((performance.now() - sinceMs) / 1000).toFixed(0)} s`;

const runStorm = async (random: Random, count: number) => {
  const beganMs = performance.now();
  await withRoot(async (root, ledger) => {
    const isOver = () => countOf(violations) > MOST_SHOWN;
    const { moments, submitted } = await storm({
      server: { root, env: SETTINGS },
      kills: count,
      random,
      ledger,
      isOver,
    });
    const jobs = Object.entries(ledger.counts()).map(([state, jobCount]) => `${jobCount} ${state}`);
    const list = [...moments].map(([moment, momentCount]) => `${moment} ${momentCount}`);
    console.log(`storm: ${count} kills (${list.join(", ")})`);
    console.log(`       ${submitted} submits, jobs: ${jobs.join(", ")}; ${seconds(beganMs)}`);
  });
};

const runMigrations = async (random: Random, count: number) => {
  const beganMs = performance.now();
  for (let left = count; left > 0; left -= KILLS_PER_MIGRATION) {
    await withRoot(async (root, ledger) => {
      addPredecessorDatabase(root);
      await killDuringMigration({ root, kills: Math.min(left, KILLS_PER_MIGRATION), random, ledger });
    });
  }
  console.log(`migration: ${count} kills during a predecessor's first start; ${seconds(beganMs)}`);
};

const runStatements = async (random: Random) => {
  const beganMs = performance.now();
  const statements = await withRoot((root, ledger) => {
    addPredecessorDatabase(root);
    return listStatements(root, ledger, random.fork());
  });
  const all = statements.flatMap((_sql, index): Boundary[] => [
    { number: index + 1, side: "before" },
    { number: index + 1, side: "after" },
  ]);
  const chosen = kills >= KILLS_FOR_EVERY_BOUNDARY ? all : random.sample(all, Math.ceil(kills * BOUNDARIES_PER_KILL));
  let reached = 0;
  for (const boundary of chosen) {
    await withRoot(async (root, ledger) => {
      addPredecessorDatabase(root);
      if (await dieAt(root, boundary, ledger, random.fork())) reached++;
    });
  }
  console.log(
    `statements: killed at ${reached} of ${chosen.length} chosen boundaries, of ${all.length}; ${seconds(beganMs)}`,
  );
  return reached >= chosen.length * MUST_BE_REACHED;
};

const runBackups = async (random: Random) => {
  const beganMs = performance.now();
  const lost: string[] = [];
  const sample = kills >= KILLS_FOR_EVERY_BOUNDARY ? undefined : Math.ceil(kills * BOUNDARIES_PER_KILL);
  const killed = await withRoot((root) =>
    killDuringBackups({ root, random, sample, report: (what) => lost.push(what) }),
  );
  console.log(
    `backups: killed at ${killed} boundaries of statements, in a backup and in a restore; ${seconds(beganMs)}`,
  );
  for (const what of lost.slice(0, MOST_SHOWN)) console.log(`violated [backups] ${what}`);
  return killed > 0 && lost.length === 0;
};

const runNews = async (random: Random) => {
  const beganMs = performance.now();
  const wrong: string[] = [];
  const count = Math.ceil(kills * SHARE_OF_NEWS);
  const sum = { killed: 0, repeated: 0, jobs: 0 };
  for (let left = count; left > 0; left -= MOST_NEWS_KILLS) {
    const report = (what: string) => wrong.push(what);
    const round = { kills: Math.min(left, MOST_NEWS_KILLS), random, report };
    const { killed, repeated, jobs } = await withRoot((root) => killAroundNews({ ...round, root }));
    sum.killed += killed;
    sum.repeated += repeated;
    sum.jobs += jobs;
  }
  console.log(
    `messages: ${sum.killed} of ${count} lives killed, ${sum.jobs} jobs, ${sum.repeated} repeated messages dropped; ${seconds(beganMs)}`,
  );
  for (const what of wrong.slice(0, MOST_SHOWN)) console.log(`violated [messages] ${what}`);
  return sum.killed >= count / 2 && wrong.length === 0;
};

/** What the checks are worth: without this guard they must fail. */
const isCaught = (random: Random, guard: string, rule: Rule): Promise<boolean> => {
  let caught: string | undefined;
  return withRoot(
    async (root, ledger) => {
      const server = { root, preload: ["preload/weaken.ts"], env: { CRASH_WEAKEN: guard } };
      const isOver = () => caught !== undefined;
      const { moments } = await storm({ server, kills: MOST_KILLS_OF_WEAKENED, random, ledger, isOver });
      const used = [...moments.values()].reduce((sum, count) => sum + count, 0);
      console.log(`weakened by ${guard}: after ${used} kills ${caught ?? "nothing was noticed"}`);
      return isOver();
    },
    (violated, what) => {
      if (violated === rule) caught ??= what;
    },
  );
};

console.log(`seed ${seed}, ${kills} kills`);
const random = createRandom(seed);
const migrationKills = Math.round(kills * SHARE_OF_MIGRATION);
await runStorm(random.fork(), kills - migrationKills);
await runMigrations(random.fork(), migrationKills);
const results: [what: string, passed: boolean][] = [
  ["statement boundaries were reached", await runStatements(random.fork())],
];
results.push(["a kill during a backup or a restore loses nothing", await runBackups(random.fork())]);
results.push(["a kill around a message loses none, and repeats none under another id", await runNews(random.fork())]);
for (const [guard, rule] of weakened) {
  const passed = await isCaught(random.fork(), guard, rule);
  results.push([`a server weakened by "${guard}" is caught: ${rules[rule]}`, passed]);
}
for (const [rule, text] of Object.entries(rules)) {
  const found = [...violations].find(([violated]) => violated === rule)?.[1] ?? [];
  results.push([text, found.length === 0]);
  for (const what of found.slice(0, MOST_SHOWN)) console.log(`violated [${rule}] ${what}`);
}

for (const [what, passed] of results) console.log(`${passed ? "pass" : "FAIL"}  ${what}`);
const failed = results.filter(([, passed]) => !passed).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
