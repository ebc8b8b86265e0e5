import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensurePeer, type Peer } from "@test/real/peers.ts";
import { z } from "zod";
import { modules } from "./modules.ts";

/**
 * Changes the guarded modules in every small way Stryker knows, one at a time, and runs the module's own tests against
 * each change: a change that no test notices has survived. `--only NAME` takes one module, `--survivors` lists them.
 */
const stryker: Peer = { name: "stryker", version: "9.6.1", dependencies: { "@stryker-mutator/core": "9.6.1" } };

const MIN_SCORE = 90;
const MIN_MODULE_SCORE = 85;
const PROJECT_ROOT = resolve(import.meta.dir, "../..");

const scoreOf = (counts: readonly { mutants: number; killed: number }[]): number =>
  (100 * counts.reduce((sum, { killed }) => sum + killed, 0)) / counts.reduce((sum, { mutants }) => sum + mutants, 0);

const Report = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          replacement: z.string().optional(),
          status: z.string(),
          location: z.object({ start: z.object({ line: z.number(), column: z.number() }) }),
        }),
      ),
    }),
  ),
});

const onlyAt = process.argv.indexOf("--only");
const chosen = onlyAt < 0 ? modules : modules.filter(({ name }) => name === process.argv[onlyAt + 1]);

const program = join(await ensurePeer(stryker), "node_modules/.bin/stryker");
const scratch = mkdtempSync(join(tmpdir(), "mutation-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
/** Otherwise Stryker would go on after us. */
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());

const mutate = async ({ mutate, tests, only }: (typeof modules)[number]) => {
  const config = join(scratch, "stryker.json");
  const report = join(scratch, "report.json");
  writeFileSync(
    config,
    JSON.stringify({
      mutate,
      testRunner: "command",
      commandRunner: { command: `${process.execPath} test --bail ${tests.join(" ")}${only ? ` -t "${only}"` : ""}` },
      coverageAnalysis: "off",
      concurrency: 1,
      reporters: ["json"],
      jsonReporter: { fileName: report },
      tempDirName: join(scratch, "sandbox"),
      ignorePatterns: ["bench", "scripts"],
      // Bun reads the project's own; Stryker would want a TypeScript of its own to rewrite it.
      tsconfigFile: "none.json",
      symlinkNodeModules: true,
      timeoutMS: 20_000,
      logLevel: "error",
    }),
  );
  const child = Bun.spawn([program, "run", config], {
    cwd: PROJECT_ROOT,
    stdio: ["ignore", "ignore", "inherit"],
    signal: stop.signal,
  });
  if ((await child.exited) !== 0) throw new Error("Stryker failed");
  return Object.entries(Report.parse(JSON.parse(readFileSync(report, "utf8"))).files);
};

const rows: { module: string; mutants: number; killed: number }[] = [];
const survivors: string[] = [];
console.log("| module | file | mutants | survived | score |\n|---|---|---|---|---|");
for (const module of chosen) {
  for (const [file, { source, mutants }] of await mutate(module)) {
    const counted = mutants.filter(({ status }) => status !== "CompileError" && status !== "Ignored");
    const alive = counted.filter(({ status }) => status === "Survived" || status === "NoCoverage");
    const row = { module: module.name, mutants: counted.length, killed: counted.length - alive.length };
    rows.push(row);
    console.log(`| ${module.name} | \`${file}\` | ${row.mutants} | ${alive.length} | ${scoreOf([row]).toFixed(1)} % |`);
    const lines = source.split("\n");
    for (const { mutatorName, replacement, location } of alive) {
      const { line, column } = location.start;
      const there = lines[line - 1]?.slice(column - 1, column + 60);
      survivors.push(`${file}:${line}:${column} ${mutatorName}: ${there} -> ${replacement?.replace(/\s+/g, " ")}`);
    }
  }
}
console.log(`All modules: ${scoreOf(rows).toFixed(1)} %`);
if (process.argv.includes("--survivors")) console.log(survivors.join("\n"));

const tooLow = Map.groupBy(rows, ({ module }) => module)
  .entries()
  .filter(([, ofModule]) => scoreOf(ofModule) < MIN_MODULE_SCORE)
  .map(([name]) => name)
  .toArray();
if (tooLow.length > 0) console.log(`Below ${MIN_MODULE_SCORE} %: ${tooLow.join(", ")}`);
process.exit(scoreOf(rows) < MIN_SCORE || tooLow.length > 0 ? 1 : 0);
