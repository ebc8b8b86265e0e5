import { urlHostOf } from "@/lib/loopback.ts";
import { RELEASE } from "@/lib/version.ts";
import type { StatusView } from "@/status/view.ts";
import { BACKEND_UNIT } from "@/systemd/units.ts";
import type { DoctorContext } from "./context.ts";
import { type Finding, fail, fromProblem, ok, warn } from "./finding.ts";
import { START } from "./shell.ts";

const REQUEST_TIMEOUT_MS = 3000;

/** `view` is the running service's own status, if it can be read. */
type InstanceReport = { findings: Finding[]; view?: StatusView | undefined };

/** Who has our port and our database, and whether that is our service and ready. */
export const checkInstance = async ({ config, holder, listener, units }: DoctorContext): Promise<InstanceReport> => {
  const { port } = config;
  const url = `http://${urlHostOf(config.host)}:${port}`;
  const restartOf = (pid: number) =>
    units.backend ? `systemctl restart ${BACKEND_UNIT}` : `kill ${pid} && sleep 5 && ${START}`;
  // Our own service, whose database has gone together with its locks; a token would tell a stranger too much.
  if (listener?.pid !== undefined && !holder && (await reasonOf(await get(`${url}/readyz`))) === "database") {
    return { findings: [replaced(restartOf(listener.pid))] };
  }
  if (listener && (!holder || (listener.pid !== undefined && listener.pid !== holder.pid))) {
    const values = { port, pid: listener.pid ?? "?", name: listener.name };
    return { findings: [fail("port_taken", values, listener.pid === undefined ? "" : `kill ${listener.pid}`)] };
  }
  if (!holder) {
    return { findings: [warn("service_stopped", { port }, units.backend ? `systemctl start ${BACKEND_UNIT}` : START)] };
  }
  const values = { port, ...holder };
  const restart = restartOf(holder.pid);
  if (!listener) return { findings: [fail("service_elsewhere", values, restart)] };

  const readiness = await get(`${url}/readyz`);
  if (!readiness) {
    const command = units.backend ? restart : `kill -9 ${holder.pid} && ${START}`;
    return { findings: [fail("service_silent", values, command)] };
  }
  const view = config.apiToken === "" ? undefined : await readStatus(url, config.apiToken);
  if (readiness.status === 200) {
    return { findings: [ok("service_ok", { ...values, release: view?.service.release ?? "?" })], view };
  }
  if (view?.database.in_place === false) return { findings: [replaced(restart)], view };
  const reason = await reasonOf(readiness);
  return { findings: [fail("service_not_ready", { reason }, restart)], view };
};

const replaced = (command: string): Finding =>
  fromProblem({ kind: "database_replaced", severity: "fault", values: {} }, command);

/** Why our service is not ready. */
const reasonOf = async (readiness: Response | undefined): Promise<string> => {
  const { reason = "?" } = ((await readiness?.json().catch(() => null)) ?? {}) as { reason?: string };
  return reason;
};

/** undefined without a whole answer in time. */
const get = async (url: string, headers: Record<string, string> = {}): Promise<Response | undefined> => {
  try {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await fetch(url, { headers, redirect: "manual", proxy: false, signal });
    return new Response(await answer.text(), answer);
  } catch {
    return undefined;
  }
};

const readStatus = async (url: string, token: string): Promise<StatusView | undefined> => {
  const response = await get(`${url}/api/v1/status`, { Authorization: `Bearer ${token}` });
  if (response?.status !== 200) return undefined;
  const { state } = (await response.json()) as { state: StatusView };
  // Another release's status may have another shape.
  return state.service.release === RELEASE ? state : undefined;
};
