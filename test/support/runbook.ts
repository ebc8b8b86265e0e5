/** The commands of RUNBOOK.zh-CN.md, by who can run them. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const FILE = resolve(import.meta.dir, "../../RUNBOOK.zh-CN.md");
const PART = /^## (.*)$|^```sh\n(?:# 需要 (Docker|root)\n)?([\s\S]*?)^```$/gm;

/** `needs` is "" for a block that any host can run. */
export const runbookBlocks = () => {
  let section = "";
  return [...readFileSync(FILE, "utf8").matchAll(PART)].flatMap(([, heading, needs = "", code = ""]) => {
    if (heading) section = heading;
    return heading ? [] : [{ section, needs, code }];
  });
};

/** Those of one suite, which fails for a block that it has not played. */
export const createRunbook = (needs: "Docker" | "root", onThisHost = (code: string) => code) => {
  const blocks = runbookBlocks().filter((block) => block.needs === needs);
  const played = new Set<(typeof blocks)[number]>();
  return {
    /** The block of a section that begins so. */
    take(section: number, start: string): string {
      const block = blocks.find(
        (one) => one.section.startsWith(`${section}. `) && onThisHost(one.code).startsWith(start),
      );
      if (!block) throw new Error(`section ${section} of the runbook has no block that begins with ${start}`);
      played.add(block);
      return onThisHost(block.code);
    },
    unplayed: () =>
      blocks
        .filter((block) => !played.has(block))
        .map(({ section, code }) => `${section}: ${code.split("\n")[0]}`)
        .join("; "),
  };
};
