import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { runCommand } from "@/executor/programs.ts";
import type { Subreaper } from "@/executor/subreaper.ts";
import type { Clock } from "@/lib/clock.ts";
import { createRequest, type Fetch, jsonIn } from "@/lib/http.ts";
import { readText } from "@/lib/proc.ts";
import { GATEWAY_UNIT, UNIT_FOLDER } from "@/systemd/units.ts";
import { type HostCommands, isInDocker } from "./host-commands.ts";

export const UnitState = z.object({
  by: z.enum(["systemd", "docker"]).describe("Who runs it; a container is told in systemd's words."),
  active: z.string().describe("ActiveState, such as active, activating or failed."),
  sub: z.string().describe("SubState, such as running or auto-restart."),
  result: z
    .string()
    .describe(
      "How it ended last: success, exit-code, signal, oom-kill, start-limit-hit, ...; no-engine without Docker.",
    ),
  exit_status: z.int().describe("Its last exit code or signal."),
  restarts: z.int().describe("How often it was started again by itself."),
  status: z.string().describe("What it has reported last."),
  up_seconds: z.number().nullable().describe("How long it has been up; null while it is not."),
});
export type UnitState = z.output<typeof UnitState>;

const TIMEOUT_MS = 3000;
const PROPERTIES = [
  ...["LoadState", "ActiveState", "SubState", "Result", "ExecMainStatus", "NRestarts", "StatusText"],
  "ActiveEnterTimestampMonotonic",
];

interface UnitReader {
  /** Where `systemctl` is looked up. */
  path: string;
  /** Docker's own variable; empty counts as unset. An engine on another host is not asked. */
  dockerHost: string | undefined;
  subreaper: Subreaper;
  fetch: Fetch;
  clock: Clock;
}

/** undefined without such a unit, and where systemd does not run. */
export const readUnit = async (name: string, reader: UnitReader): Promise<UnitState | undefined> => {
  const { path, subreaper, clock } = reader;
  const argv = ["systemctl", "show", `--property=${PROPERTIES.join()}`, name] as const;
  const env = { PATH: path };
  const { exitCode, output } = await runCommand({ argv, env, timeoutMs: TIMEOUT_MS, subreaper, clock });
  return exitCode === 0 ? parseUnitState(output, Number.parseFloat(readText("/proc/uptime"))) : undefined;
};

export const parseUnitState = (shown: string, uptimeSeconds: number): UnitState | undefined => {
  const property = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(shown)?.[1] ?? "";
  if (property("LoadState") !== "loaded") return undefined;
  const active = property("ActiveState");
  return {
    by: "systemd",
    active,
    sub: property("SubState"),
    result: property("Result"),
    exit_status: Number(property("ExecMainStatus")),
    restarts: Number(property("NRestarts")),
    status: property("StatusText"),
    up_seconds: active === "active" ? uptimeSeconds - Number(property("ActiveEnterTimestampMonotonic")) / 1e6 : null,
  };
};

const CONTAINER = "openclaw-gateway";
const DEFAULT_HOST = "unix:///var/run/docker.sock";
const SOCKET = /^unix:\/\/(\/.+)/;
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

const ended = { by: "docker", active: "failed", sub: "dead", exit_status: 0, restarts: 0, up_seconds: null } as const;

/** Asks the engine, as its program takes 50 MB. @returns undefined without the container, or for a user who may not. */
export const readContainer = async ({ dockerHost, fetch, clock }: Omit<UnitReader, "path" | "subreaper">) => {
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

const MAX_AGE_MS = 5_000;

/** The gateway's container or systemd unit, whichever this host runs; undefined where it has none. */
export const readGatewayUnit = async (host: HostCommands, reader: UnitReader): Promise<UnitState | undefined> => {
  if (isInDocker(host)) return readContainer(reader);
  return existsSync(join(UNIT_FOLDER, GATEWAY_UNIT)) ? readUnit(GATEWAY_UNIT, reader) : undefined;
};

type Read = () => Promise<UnitState | undefined>;

/** The same for who looks while the gateway does not answer. */
export const createGatewayUnit = ({ read, clock }: { read: Read; clock: Clock }) => {
  let state: UnitState | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  const isFresh = () => clock.monotonicMs() - readAtMs < MAX_AGE_MS;

  return {
    /** At most every five seconds. */
    async refresh(): Promise<void> {
      if (isFresh()) return;
      readAtMs = clock.monotonicMs();
      state = await read();
    },
    view: (): UnitState | null => (isFresh() && state) || null,
  };
};

export type GatewayUnit = ReturnType<typeof createGatewayUnit>;
