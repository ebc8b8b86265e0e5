import { z } from "zod";
import { parseJson } from "@/lib/json.ts";
import { urlHostOf } from "@/lib/loopback.ts";
import { RELEASE } from "@/lib/version.ts";
import { readinessFaults } from "@/status/readiness.ts";
import type { StatusView } from "@/status/view.ts";
import { BACKEND_UNIT } from "@/systemd/units.ts";
import { askService } from "../ask.ts";
import type { DoctorContext } from "../context.ts";
import { type Finding, found } from "../finding.ts";
import { START } from "../shell.ts";

export interface InstanceReport {
  findings: Finding[];
  /** What the running service says of itself; undefined when it does not run, or does not say. */
  view: StatusView | undefined;
}

/** Who has our port and our database, and whether that is a service of ours in order. */
export const checkInstance = async (context: DoctorContext): Promise<InstanceReport> => {
  const { config, holder, listener, units, clock } = context;
  const { port } = config;
  const start = units.backend ? `systemctl start ${BACKEND_UNIT}` : START;
  const only = (finding: Finding): InstanceReport => ({ findings: [finding], view: undefined });

  if (listener && (!holder || (listener.pid !== undefined && listener.pid !== holder.pid))) {
    const values = { port, pid: listener.pid ?? "?", name: listener.name };
    return only(found("port_taken", values, listener.pid === undefined ? undefined : `kill ${listener.pid}`));
  }
  if (!holder) return only(found("service_stopped", { port }, start));
  const restart = units.backend ? `systemctl restart ${BACKEND_UNIT}` : `kill ${holder.pid} && sleep 5 && ${START}`;
  const forced = units.backend ? restart : `kill -9 ${holder.pid} && ${START}`;
  if (!listener) return only(found("service_elsewhere", { port, pid: holder.pid ?? "?", name: holder.name }, restart));

  const url = `http://${urlHostOf(config.host)}:${port}`;
  const ready = await askService(`${url}/readyz`, clock);
  if (!ready) return only(found("service_silent", { port, pid: holder.pid ?? "?" }, forced));
  const view = await readView(url, context);
  if (ready.status === 200) {
    return {
      findings: [found("service_ok", { port, pid: holder.pid ?? "?", release: view?.service.release ?? "?" })],
      view,
    };
  }
  return { findings: [found("service_not_ready", { reason: reasonIn(await ready.text()) }, restart)], view };
};

const Unready = z.object({ reason: z.enum(readinessFaults) });

const reasonIn = (text: string): string => {
  try {
    return Unready.parse(parseJson(text)).reason;
  } catch {
    return "?";
  }
};

/** The service asks the gateway itself, by its own measure: nobody asks twice. */
const readView = async (url: string, { config, clock }: DoctorContext): Promise<StatusView | undefined> => {
  if (config.apiToken === "") return undefined;
  const response = await askService(`${url}/api/v1/status`, clock, config.apiToken);
  if (response?.status !== 200) return undefined;
  const { state } = (await response.json()) as { state: StatusView };
  // Another release's may have another shape.
  return state.service.release === RELEASE ? state : undefined;
};
