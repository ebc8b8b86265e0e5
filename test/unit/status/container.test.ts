import { describe, expect, onTestFinished, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "@test/support/app.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { unitProblem } from "@/status/diagnose.ts";
import { describeProblem } from "@/status/problem-text.ts";
import { readContainer } from "@/status/unit-state.ts";

const clock = createTestClock("2026-11-29T10:00:30Z");
const read = (dockerHost: string) => readContainer({ dockerHost, fetch, clock });

const running = {
  RestartCount: 0,
  State: { Status: "running", ExitCode: 0, OOMKilled: false, StartedAt: "2026-11-29T10:00:00.123456789Z", Error: "" },
};
const inspected = ({ RestartCount = 0, ...state }: Partial<typeof running.State> & { RestartCount?: number }) => ({
  ...running,
  RestartCount,
  State: { ...running.State, ...state },
});

/** What a real engine's socket answers, by the path that it is asked for. */
const answering = (answer: (path: string) => Response) => {
  const socket = join(newRoot(), "docker.sock");
  const engine = Bun.serve({ unix: socket, fetch: ({ url }) => answer(new URL(url).pathname) });
  onTestFinished(() => void engine.stop(true));
  return read(`unix://${socket}`);
};

describe("the gateway's container", () => {
  const port = "driver failed programming external connectivity: address already in use";
  const long = { StartedAt: "2026-11-29T09:00:00Z" };
  const cases: [how: string, state: Parameters<typeof inspected>[0], kind: string | undefined][] = [
    ["runs", {}, undefined],
    ["was stopped", { Status: "exited" }, undefined],
    ["was stopped after it had been killed", { Status: "exited", ExitCode: 137 }, undefined],
    ["keeps exiting", { RestartCount: 3, Status: "restarting", ExitCode: 1 }, "gateway_looping"],
    ["keeps exiting, seen while it is up", { RestartCount: 3 }, "gateway_looping"],
    ["was restarted long ago", { RestartCount: 3, ...long }, undefined],
    [
      "outgrew its limit",
      { RestartCount: 2, Status: "restarting", ExitCode: 137, OOMKilled: true },
      "container_memory",
    ],
    ["cannot be started", { Status: "created", ExitCode: 128, Error: port }, "container_failed"],
  ];
  test.each(cases)("%s", async (_, state, kind) => {
    const problem = unitProblem("openclaw-gateway.service", await answering(() => Response.json(inspected(state))));
    expect(problem?.kind).toBe(kind as never);
    if (!problem) return;
    const texts = JSON.stringify(["zh-CN", "en"].map((locale) => describeProblem(problem, locale as "en")));
    expect(texts).not.toMatch(/\{\w+\}/);
    if (kind === "container_failed") expect(texts).toContain(port);
  });

  test("is asked for by its name, and told in systemd's words", async () => {
    const paths: string[] = [];
    const state = await answering((path) => {
      paths.push(path);
      return Response.json(inspected({ RestartCount: 2 }));
    });
    expect(paths).toEqual(["/containers/openclaw-gateway/json"]);
    expect(state).toEqual({
      by: "docker",
      active: "active",
      sub: "running",
      result: "exit-code",
      exit_status: 0,
      restarts: 2,
      status: "",
      up_seconds: 29.877,
    });
  });

  test("is unknown where there is none, where the engine is another host's, and where it answers something else", async () => {
    expect(await answering(() => Response.json({ message: "No such container" }, { status: 404 }))).toBeUndefined();
    expect(await answering(() => new Response("hello"))).toBeUndefined();
    expect(await answering(() => Response.json({ State: "running" }))).toBeUndefined();
    expect(await read("tcp://10.0.0.1:2375")).toBeUndefined();
  });

  test("has no engine: no socket, or one that nobody listens on", async () => {
    const socket = join(newRoot(), "docker.sock");
    expect(unitProblem("", await read(`unix://${socket}`))?.kind).toBe("docker_down");
    writeFileSync(socket, "");
    expect(unitProblem("", await read(`unix://${socket}`))?.kind).toBe("docker_down");
  });
});
