import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { startChild, untilReady } from "@test/support/child.ts";
import { PONG, replyJson, startFakeGateway } from "@test/support/fake-gateway.ts";
import { fixture } from "@test/support/fixtures.ts";
import { operations } from "@/openapi/operations.ts";
import { curlOf } from "@/views/docs-page.tsx";

const projectRoot = resolve(import.meta.dir, "../..");
const ORIGIN = "http://127.0.0.1:18889";

/** The code blocks of a document, by language. */
const blocksOf = (document: string, language: string): string[] =>
  [...readFileSync(join(projectRoot, document), "utf8").matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , text = ""]) => text);

/** A service as a reader of the documents has it: in its folder there is the .env. */
const startService = async (gatewayUrl = "") => {
  const root = newRoot();
  const child = startChild([process.execPath, "--no-env-file", join(projectRoot, "src/main.ts")], {
    root,
    cwd: projectRoot,
    env: { EXECUTOR_CODEX_BIN: fixture("bin/plain-echo"), OPENCLAW_GATEWAY_URL: gatewayUrl },
  });
  const { origin } = new URL((await untilReady(child)).trimEnd().split("\n").at(-1) ?? "");
  const token = /^BACKEND_API_TOKEN=(.+)$/m.exec(readFileSync(join(root, ".env"), "utf8"))?.[1] ?? "";
  const run = async (argv: string[]) => {
    const env = { PATH: process.env.PATH ?? "", HOME: root, TOKEN: token, BACKEND_API_TOKEN: token };
    const program = Bun.spawn(argv, { cwd: root, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr] = [await program.stdout.text(), await program.stderr.text()];
    return { stdout, stderr, exitCode: await program.exited };
  };
  const here = (text: string) => text.replaceAll(ORIGIN, origin);
  return {
    origin,
    sh: (script: string) => run(["sh", "-euc", here(script)]),
    python: (script: string) => run(["python3", "-c", here(script)]),
  };
};

const lacks = (program: string): boolean => Bun.which(program) === null;
const why = (program: string): string => (lacks(program) ? ` (left out: there is no ${program} here)` : "");

describe.skipIf(lacks("curl"))(`the examples with curl${why("curl")}`, () => {
  test.each(["README.md", "README.zh-CN.md"])("of %s all succeed as they stand", async (document) => {
    await using gateway = await startFakeGateway(({ socket }) => socket.write(replyJson(200, PONG)));
    const { sh } = await startService(gateway.url);
    const [example = "", ...more] = blocksOf(document, "sh").filter((block) => block.includes("curl"));
    expect(more).toEqual([]);
    const { stdout, stderr, exitCode } = await sh(example);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    const [check, answer, job, ...rest] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rest).toEqual([]);
    expect(check).toMatchObject({ ok: true, check: { ok: true } });
    expect(answer).toEqual(PONG);
    expect(job).toMatchObject({ ok: true, job: { state: "succeeded", result_text: "task: say hello" } });
  });

  test("of the runbook's checks answer what stands beside them", async () => {
    const { sh } = await startService();
    const checks = blocksOf("RUNBOOK.zh-CN.md", "sh").find((block) => block.includes("/readyz")) ?? "";
    const [setUp = "", ...lines] = checks.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(7);
    for (const line of lines) {
      const [, command = "", expected = ""] = /^(.+?)\s+# (.+)$/.exec(line) ?? [];
      const { stdout } = await sh(`${setUp}\n${command}`);
      if (command.includes("%{http_code}") || expected.startsWith("{"))
        expect([command, stdout.trim()]).toEqual([command, expected]);
      else expect([command, JSON.parse(stdout).ok]).toEqual([command, true]);
    }
  });

  test("of the docs page can be pasted, every one", async () => {
    const { origin, sh } = await startService();
    // These two ask a gateway, which there is not.
    const examples = operations.filter(({ id, isOpen }) => !isOpen && id !== "relayTurn" && id !== "checkGateway");
    const submitted = examples.find(({ id }) => id === "submitJob");
    const cwd = (text: string) => text.replace('"cwd":"/root"', '"cwd":"/tmp"');
    const jobId = submitted ? JSON.parse((await sh(cwd(curlOf(submitted, origin)))).stdout).job_id : "";
    for (const operation of examples) {
      const command = cwd(curlOf(operation, origin)).replace("{job_id}", jobId);
      const { stdout } = await sh(`${command} --max-time 10 -o /dev/null -w '%{http_code}'`);
      // No AstrBot is there to pull from.
      expect([operation.id, stdout]).toEqual([operation.id, operation.id === "pullModels" ? "400" : "200"]);
    }
  });
});

describe.skipIf(lacks("python3"))(`the example in Python${why("python3")}`, () => {
  test.each(["README.md", "README.zh-CN.md"])("of %s runs a job with the standard library alone", async (document) => {
    const { python } = await startService();
    const [example = ""] = blocksOf(document, "python");
    expect(await python(example)).toEqual({ stdout: "task: say hello\n", stderr: "", exitCode: 0 });
  });
});
