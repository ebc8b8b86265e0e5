/**
 * `bun run test:doctor [kind ...]`: breaks a host in order in one way after the other. The doctor must name each
 * fault first, and its command, run as printed, must fix it.
 */
import { cases, type FaultCase } from "./cases.ts";
import { createHost, type Host } from "./host.ts";

const wanted = process.argv.slice(2);
const chosen = cases.filter(({ kind }) => wanted.length === 0 || wanted.includes(kind));

const onHost = async <Result>(act: (host: Host) => Promise<Result>): Promise<Result> => {
  const host = await createHost();
  try {
    return await act(host);
  } finally {
    host.remove();
  }
};

/** @returns "" if the fault was named first and its command fixed it, else what happened. */
const tryCase = ({ kind, break: spoil }: FaultCase, commandInstead?: string): Promise<string> =>
  onHost(async (host) => {
    await spoil(host);
    const [first] = await host.doctor();
    if (first?.kind !== kind) return `named first: ${first?.kind} (${first?.seen})`;
    if (first.command === "") return "there is no command";
    const after = await host.fix(commandInstead ?? first.command, kind);
    return after.some((finding) => finding.kind === kind) ? `still there after: ${first.command}` : "";
  });

const results: [what: string, complaint: string][] = [];
const note = (what: string, complaint: string) => {
  results.push([what, complaint]);
  console.log(`${complaint === "" ? "pass" : "FAIL"}  ${what}${complaint && `: ${complaint}`}`);
};

const wrong = await onHost(async (host) => (await host.doctor()).filter(({ state }) => state !== "ok"));
note("a host in order: nothing is named", wrong.map(({ kind, seen }) => `${kind}: ${seen}`).join("; "));
for (const fault of chosen) note(`${fault.kind} (${fault.how})`, await tryCase(fault));

const [example] = cases.filter(({ kind }) => kind === "env_open");
if (example) {
  const complaint = await tryCase(example, "true");
  note("a command that fixes nothing is noticed", complaint.startsWith("still there") ? "" : "it was not");
}

const failed = results.filter(([, complaint]) => complaint !== "").length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
