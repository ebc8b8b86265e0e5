import { z } from "zod";
import { runCommand } from "@/executor/programs.ts";
import type { Subreaper } from "@/executor/subreaper.ts";
import type { Clock } from "@/lib/clock.ts";
import { readText } from "@/lib/proc.ts";

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

const ANSWER_MS = 3000;
const PROPERTIES = [
  ...["LoadState", "ActiveState", "SubState", "Result", "ExecMainStatus", "NRestarts", "StatusText"],
  "ActiveEnterTimestampMonotonic",
];

export interface UnitReader {
  /** Where `systemctl` is looked up. */
  path: string;
  subreaper: Subreaper;
  clock: Clock;
}

/** undefined without such a unit, and where systemd does not run. */
export const readUnit = async (name: string, { path, ...host }: UnitReader): Promise<UnitState | undefined> => {
  const argv = ["systemctl", "show", `--property=${PROPERTIES.join()}`, name] as const;
  const { exitCode, output } = await runCommand({ argv, env: { PATH: path }, timeoutMs: ANSWER_MS, ...host });
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
