import { systemClock } from "@/lib/clock.ts";
import { createRequest, type HttpAnswer, jsonIn, urlHostOf } from "@/lib/http.ts";
import { RELEASE } from "@/lib/identity.ts";
import type { StatusView } from "@/status/view.ts";
import { BACKEND_UNIT } from "@/systemd/units.ts";
import type { DoctorContext, HostContext } from "./context.ts";
import { type Finding, fail, fromProblem, ok, warn } from "./finding.ts";
import { isPredecessorOn, unitOf } from "./proc.ts";
import { quote, START } from "./shell.ts";

const MAX_ANSWER_BYTES = 1024 * 1024;

type Instance = Pick<DoctorContext, "instance" | "view">;

/** Who has our port and our database, and whether that is our service and ready. */
export const checkInstance = async ({ config, holder, listener, units }: HostContext): Promise<Instance> => {
  const { port } = config;
  const url = `http://${urlHostOf(config.host)}:${port}`;
  const restartOf = (pid: number) =>
    units.backend ? `systemctl restart ${BACKEND_UNIT}` : `kill ${pid} && sleep 5 && ${START}`;
  // Our own service, whose database has gone together with its locks; a token would tell a stranger too much.
  if (listener?.pid !== undefined && !holder && reasonOf(await get(`${url}/readyz`)) === "database") {
    return { instance: replaced(restartOf(listener.pid)) };
  }
  if (listener && (!holder || (listener.pid !== undefined && listener.pid !== holder.pid))) {
    const { pid, name } = listener;
    const unit = pid && unitOf(pid);
    const stop = unit ? `sudo systemctl disable --now ${quote(unit)}` : pid ? `kill ${pid}` : "";
    const kind = pid && isPredecessorOn(pid) ? "predecessor_running" : "port_taken";
    return { instance: fail(kind, { port, pid: pid ?? "?", name: unit ? `${name}, ${unit}` : name }, stop) };
  }
  if (!holder) {
    return { instance: warn("service_stopped", { port }, units.backend ? `systemctl start ${BACKEND_UNIT}` : START) };
  }
  const values = { port, ...holder };
  const restart = restartOf(holder.pid);
  if (!listener) return { instance: fail("service_elsewhere", values, restart) };

  const readiness = await get(`${url}/readyz`);
  if (!readiness) {
    const command = units.backend ? restart : `kill -9 ${holder.pid} && ${START}`;
    return { instance: fail("service_silent", values, command) };
  }
  const view = config.apiToken === "" ? undefined : await readStatus(url, config.apiToken);
  if (readiness.status === 200) {
    return { instance: ok("service_ok", { ...values, release: view?.service.release ?? "?" }), view };
  }
  if (view?.database.in_place === false) return { instance: replaced(restart), view };
  const reason = reasonOf(readiness);
  return { instance: fail("service_not_ready", { reason }, restart), view };
};

const replaced = (command: string): Finding =>
  fromProblem({ kind: "database_replaced", severity: "fault", values: {} }, command);

/** Why our service is not ready. */
const reasonOf = (readiness: HttpAnswer | undefined): string =>
  (jsonIn(readiness?.text ?? "") as { reason?: string } | undefined)?.reason ?? "?";

const request = createRequest({ fetch: globalThis.fetch, clock: systemClock, timeoutMs: 3000 });

/** undefined without a whole answer in time. */
const get = async (url: string, headers: Record<string, string> = {}): Promise<HttpAnswer | undefined> => {
  const answer = await request(url, { method: "GET", headers, maxAnswerBytes: MAX_ANSWER_BYTES });
  return answer.kind === "answer" ? answer : undefined;
};

const readStatus = async (url: string, token: string): Promise<StatusView | undefined> => {
  const answer = await get(`${url}/api/v1/status`, { Authorization: `Bearer ${token}` });
  if (answer?.status !== 200) return undefined;
  const { state } = jsonIn(answer.text) as { state: StatusView };
  // Another release's status may have another shape.
  return state.service.release === RELEASE ? state : undefined;
};
