import { readFileSync, writeFileSync } from "node:fs";
import { fixture } from "@test/support/fixtures.ts";
import { addShape, compareShapes, type Shapes } from "@test/support/shapes.ts";
import { playCodex } from "./latest-codex.ts";
import { playOpenclaw } from "./latest-openclaw.ts";
import { nodePackage, nodeVersionFor } from "./peers.ts";

/** What each program has sent; `--record` adds to it, or begins anew for a new version. */
const RECORD = fixture("peers/shapes.json");

interface Recording {
  version: string;
  shapes: Shapes;
}

/** npm knows its registry; we name none. */
const npmView = async <Answer>(what: string[]): Promise<Answer> => {
  const npm = Bun.spawn(["npm", "view", ...what, "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const text = await new Response(npm.stdout).text();
  if ((await npm.exited) !== 0) throw new Error(`npm view ${what.join(" ")} failed`);
  return JSON.parse(text);
};

/** One that is installed already, else the newest of the oldest line with long-term support that fits. */
const fittingNode = async (range: string): Promise<string> => {
  const installed = Object.values(nodeVersionFor).findLast((version) => Bun.semver.satisfies(version, range));
  if (installed !== undefined) return installed;
  const fitting = (await npmView<string[]>([nodePackage, "versions"]))
    .filter((version) => /^\d+\.\d+\.\d+$/.test(version) && Bun.semver.satisfies(version, range))
    .filter((version) => Number.parseInt(version, 10) % 2 === 0)
    .sort(Bun.semver.order);
  const newest = fitting.findLast((version) => Number.parseInt(version, 10) === Number.parseInt(fitting[0] ?? "", 10));
  if (newest === undefined) throw new Error(`no ${nodePackage} for ${range}`);
  return newest;
};

/**
 * Plays the newest Codex and OpenClaw against the fake model server, and prints how what they send differs from the
 * record.
 * @returns whether every kind of event and answer is known.
 */
export const checkLatest = async ({ record }: { record: boolean }): Promise<boolean> => {
  const recorded: Record<string, Recording> = JSON.parse(readFileSync(RECORD, "utf8"));
  const codexVersion = await npmView<string>(["@openai/codex", "version"]);
  const openclaw = await npmView<{ version: string; "engines.node": string }>(["openclaw", "version", "engines.node"]);
  const node = await fittingNode(openclaw["engines.node"]);
  const seen: Record<string, Recording> = {
    Codex: { version: codexVersion, shapes: await playCodex(codexVersion) },
    OpenClaw: { version: openclaw.version, shapes: await playOpenclaw(openclaw.version, node) },
  };

  const results = Object.entries(seen).map(([name, { version, shapes }]) => {
    const before = recorded[name] ?? { version: "none", shapes: {} };
    const { differences, unknown } = compareShapes(before.shapes, shapes);
    const unclassified = Object.keys(shapes).filter((kind) => shapes[kind]?.detail?.includes('"unexpected_answer"'));
    const kinds = Object.keys(shapes).length;
    console.log(`${name} ${version}: ${kinds} kinds; ${differences.length} differences from ${before.version}`);
    for (const line of differences) console.log(`  ${line}`);
    for (const kind of unknown) console.log(`  UNKNOWN ${kind}: ${JSON.stringify(shapes[kind])}`);
    for (const kind of unclassified) console.log(`  NOT CLASSIFIED ${kind}`);
    if (record) {
      const kept = before.version === version ? before.shapes : {};
      for (const [kind, shape] of Object.entries(shapes)) addShape(kept, kind, shape);
      recorded[name] = { version, shapes: kept };
    }
    return unclassified.length === 0 && (record || unknown.length === 0);
  });
  if (record) writeFileSync(RECORD, `${JSON.stringify(recorded, null, 1)}\n`);
  return results.every(Boolean);
};
