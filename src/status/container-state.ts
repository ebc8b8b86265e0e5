import { existsSync } from "node:fs";
import { z } from "zod";
import type { Clock } from "@/lib/clock.ts";
import { createRequest, type Fetch, jsonIn } from "@/lib/http.ts";
import type { UnitState } from "./unit-state.ts";

const CONTAINER = "openclaw-gateway";
const DEFAULT_HOST = "unix:///var/run/docker.sock";
const SOCKET = /^unix:\/\/(\/.+)/;
const TIMEOUT_MS = 3000;
const MAX_ANSWER_BYTES = 256 * 1024;

/** The engine's `GET /containers/{name}/json`, as far as it is read. */
const Container = z.object({
  RestartCount: z.int(),
  State: z.object({
    Status: z.string(),
    ExitCode: z.int(),
    OOMKilled: z.boolean(),
    StartedAt: z.string(),
    Error: z.string(),
  }),
});

export interface ContainerReader {
  /** Docker's own variable; empty counts as unset. An engine on another host is not asked. */
  dockerHost: string | undefined;
  fetch: Fetch;
  clock: Clock;
}

const ended = { by: "docker", active: "failed", sub: "dead", exit_status: 0, restarts: 0, up_seconds: null } as const;

/**
 * Asks the engine itself, since its `docker` program would take some 50 MB at each look.
 * @returns undefined without the gateway's container, and for a user who may not ask.
 */
export const readContainer = async (reader: ContainerReader): Promise<UnitState | undefined> => {
  const { dockerHost, fetch, clock } = reader;
  const socket = SOCKET.exec(dockerHost || DEFAULT_HOST)?.[1];
  if (socket === undefined) return undefined;
  const noEngine = { ...ended, result: "no-engine", status: "" };
  if (!existsSync(socket)) return noEngine;
  const request = createRequest({ fetch, clock, timeoutMs: TIMEOUT_MS });
  const answer = await request(`http://docker/containers/${CONTAINER}/json`, {
    method: "GET",
    headers: {},
    unix: socket,
    maxAnswerBytes: MAX_ANSWER_BYTES,
  });
  if (answer.kind === "failure") return answer.detail === "refused" ? noEngine : undefined;
  const container = answer.status === 200 ? Container.safeParse(jsonIn(answer.text)).data : undefined;
  return container && toUnitState(container, clock.now());
};

const toUnitState = ({ RestartCount, State }: z.output<typeof Container>, now: Date): UnitState => {
  const isRunning = State.Status === "running";
  const isRetried = State.Status === "restarting";
  return {
    ...ended,
    active: isRunning ? "active" : isRetried ? "activating" : State.Error ? "failed" : "inactive",
    sub: isRetried ? "auto-restart" : State.Status,
    result: State.OOMKilled ? "oom-kill" : "exit-code",
    exit_status: State.ExitCode,
    restarts: RestartCount,
    status: State.Error,
    up_seconds: isRunning ? (now.getTime() - Date.parse(State.StartedAt)) / 1000 : null,
  };
};
