import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "./app.ts";

/** What one check of the service starts. */
export const ONE_CHECK = ["--version", "login status", "sandbox"];

export interface CodexAnswers {
  version?: string;
  login?: number;
  sandbox?: number;
  /** What each command writes on standard error. */
  says?: { version?: string; login?: string; sandbox?: string };
  /** It waits until this file is there. */
  waitsFor?: string;
}

/** A program that answers as Codex does, and notes each start. */
export const createCountingCodex = (answers: CodexAnswers = {}) => {
  const folder = newRoot();
  const path = join(folder, "codex");
  const calls = join(folder, "calls");
  writeFileSync(calls, "");
  const install = (answer: CodexAnswers) => {
    const { version = "codex-cli 0.169.0", login = 0, sandbox = 0, says = {}, waitsFor = "calls" } = answer;
    const next = join(folder, "next");
    for (const name of ["version", "login", "sandbox"] as const) writeFileSync(join(folder, name), says[name] ?? "");
    writeFileSync(
      next,
      `#!/bin/sh
echo "$*" >> ${calls}
until [ -e ${join(folder, waitsFor)} ]; do sleep 0.01; done
case "$1" in
  --version) cat ${folder}/version >&2; echo "${version}" ;;
  login) cat ${folder}/login >&2; exit ${login} ;;
  sandbox) cat ${folder}/sandbox >&2; exit ${sandbox} ;;
esac
`,
    );
    chmodSync(next, 0o755);
    renameSync(next, path);
  };
  install(answers);
  return {
    path,
    install,
    release: (name: string) => writeFileSync(join(folder, name), ""),
    /** The sandbox's own arguments are left out. */
    calls: () =>
      readFileSync(calls, "utf8")
        .trim()
        .split("\n")
        .filter(Boolean)
        .map((call) => call.replace(/^sandbox .*/, "sandbox")),
  };
};

/** Programs take real time, of which the injected clock has none. */
export const until = async (isTrue: () => boolean) => {
  while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
};
