interface Module {
  name: string;
  mutate: string[];
  tests: string[];
  /** Of those files, only the tests whose name matches: an integration suite has others. */
  only?: string;
}

/** What guards the door, the child, the memory and the truth of a job, each with the tests that are about it. */
export const modules: readonly Module[] = [
  {
    name: "auth",
    mutate: ["src/http/auth.ts"],
    tests: ["test/integration/door.test.ts", "test/unit/http/auth.test.ts"],
    only: "authentication|secret|counts as source",
  },
  {
    name: "host guard",
    mutate: ["src/http/host-guard.ts"],
    tests: ["test/unit/http/host-guard.test.ts", "test/integration/door.test.ts", "test/integration/bounds.test.ts"],
    only: "Host|we serve|write needs|private name|page's write|page of another site",
  },
  { name: "throttle", mutate: ["src/http/throttle.ts"], tests: ["test/unit/http/throttle.test.ts"] },
  {
    name: "bounds",
    mutate: ["src/http/concurrency.ts", "src/http/body.ts"],
    tests: ["test/unit/http/concurrency.test.ts", "test/unit/http/body.test.ts"],
  },
  {
    name: "masking",
    mutate: ["src/executor/redact.ts", "src/lib/secret-shapes.ts"],
    tests: [
      "test/unit/executor/redact.test.ts",
      "test/unit/executor/own-secrets.test.ts",
      "test/unit/lib/secret-shapes.test.ts",
    ],
  },
  {
    name: "child",
    mutate: ["src/executor/workdir.ts", "src/executor/environment.ts"],
    tests: ["test/unit/executor/workdir.test.ts", "test/unit/executor/environment.test.ts"],
  },
  {
    name: "gates",
    mutate: ["src/gates/memory.ts"],
    tests: ["test/unit/gates/memory.test.ts", "test/unit/gates/memory-history.test.ts"],
  },
  { name: "breaker", mutate: ["src/gateway/breaker.ts"], tests: ["test/unit/gateway/breaker.test.ts"] },
  { name: "state machine", mutate: ["src/jobs/state.ts"], tests: ["test/unit/jobs/state.test.ts"] },
];
