import { atMost, type Clock } from "@/lib/clock.ts";
import { urlHostOf } from "@/lib/loopback.ts";
import { RELEASE } from "@/lib/version.ts";
import type { StatusView } from "@/status/view.ts";
import { BACKEND_UNIT } from "@/systemd/units.ts";
import type { DoctorContext } from "./context.ts";
import { createFindings, type Finding } from "./finding.ts";
import { START } from "./shell.ts";

const REQUEST_TIMEOUT_MS = 3000;

interface InstanceReport {
  findings: Finding[];
  /** The running service's own status, if it can be read. */
  view?: StatusView | undefined;
}

/** Who has our port and our database, and whether that is our service and ready. */
export const checkInstance = async (context: DoctorContext): Promise<InstanceReport> => {
  const { config, holder, listener, units, clock } = context;
  const { port } = config;
  if (listener && (!holder || (listener.pid !== undefined && listener.pid !== holder.pid))) {
    const values = { port, pid: listener.pid ?? "?", name: listener.name };
    return { findings: [fail("port_taken", values, listener.pid === undefined ? "" : `kill ${listener.pid}`)] };
  }
  if (!holder) {
    return { findings: [warn("service_stopped", { port }, units.backend ? `systemctl start ${BACKEND_UNIT}` : START)] };
  }
  const values = { port, pid: holder.pid ?? "?", name: holder.name };
  const restart = units.backend ? `systemctl restart ${BACKEND_UNIT}` : `kill ${holder.pid} && sleep 5 && ${START}`;
  if (!listener) return { findings: [fail("service_elsewhere", values, restart)] };

  const url = `http://${urlHostOf(config.host)}:${port}`;
  const readiness = await get(`${url}/readyz`, clock);
  if (!readiness) {
    const command = units.backend ? restart : `kill -9 ${holder.pid} && ${START}`;
    return { findings: [fail("service_silent", values, command)] };
  }
  const view = await readStatus(url, context);
  const finding =
    readiness.status === 200
      ? ok("service_ok", { ...values, release: view?.service.release ?? "?" })
      : fail("service_not_ready", { reason: await reasonIn(readiness) }, restart);
  return { findings: [finding], view };
};

/** undefined without a whole answer in time. */
const get = async (url: string, clock: Clock, token = ""): Promise<Response | undefined> => {
  const controller = new AbortController();
  const response = fetch(url, {
    headers: token === "" ? {} : { Authorization: `Bearer ${token}` },
    redirect: "manual",
    proxy: false,
    signal: controller.signal,
  }).then(
    async (answer) => new Response(await answer.text(), answer),
    () => undefined,
  );
  await atMost(clock, REQUEST_TIMEOUT_MS, response);
  controller.abort();
  return response;
};

const reasonIn = async (readiness: Response): Promise<string> => {
  const { reason = "?" } = (await readiness.json().catch(() => ({}))) as { reason?: string };
  return reason;
};

const readStatus = async (url: string, { config, clock }: DoctorContext): Promise<StatusView | undefined> => {
  if (config.apiToken === "") return undefined;
  const response = await get(`${url}/api/v1/status`, clock, config.apiToken);
  if (response?.status !== 200) return undefined;
  const { state } = (await response.json()) as { state: StatusView };
  // Another release's status may have another shape.
  return state.service.release === RELEASE ? state : undefined;
};

const { ok, warn, fail } = createFindings({
  "zh-CN": {
    "service_ok.seen": "服务在端口 {port} 上运行（pid {pid}，版本 {release}），一切就绪",
    "service_stopped.seen": "服务没有运行，端口 {port} 空闲",
    "service_stopped.cause": "还没有启动，或已停止。",
    "service_stopped.fix": "启动它。",
    "port_taken.seen": "端口 {port} 被别的程序占用：{name}（pid {pid}）",
    "port_taken.cause": "服务无法在此端口启动。",
    "port_taken.fix": "停掉它，或在 .env 中换一个 BACKEND_PORT。",
    "service_elsewhere.seen": "另一个实例（pid {pid}：{name}）正在使用我们的数据库，但不在端口 {port} 上",
    "service_elsewhere.cause": "启动之后改过 BACKEND_PORT，或它正在启动、停止。",
    "service_elsewhere.fix": "重启服务。",
    "service_silent.seen": "服务（pid {pid}）占着端口 {port}，但 3 秒内没有应答",
    "service_silent.cause": "进程卡住或被暂停。",
    "service_silent.fix": "强制结束并重新启动；数据不会丢失。",
    "service_not_ready.seen": "服务在运行，但未就绪：{reason}",
    "service_not_ready.cause":
      "database：数据库写不进去；worker：任务执行已停；audit：审计日志写不进去；其余为正在启动或停止。",
    "service_not_ready.fix": "先处理上面列出的磁盘、目录问题，再重启服务。",
  },
  en: {
    "service_ok.seen": "The service is running on port {port} (pid {pid}, release {release}) and ready",
    "service_stopped.seen": "The service is not running; port {port} is free",
    "service_stopped.cause": "It was not started, or was stopped.",
    "service_stopped.fix": "Start it.",
    "port_taken.seen": "Another program uses port {port}: {name} (pid {pid})",
    "port_taken.cause": "The service cannot start on it.",
    "port_taken.fix": "Stop that program, or set another BACKEND_PORT in .env.",
    "service_elsewhere.seen": "Another instance (pid {pid}: {name}) uses our database, but not port {port}",
    "service_elsewhere.cause": "BACKEND_PORT was changed after its start, or it is starting or stopping.",
    "service_elsewhere.fix": "Restart the service.",
    "service_silent.seen": "The service (pid {pid}) has port {port}, but does not answer within 3 s",
    "service_silent.cause": "The process hangs, or is suspended.",
    "service_silent.fix": "Kill it and start it again; no data is lost.",
    "service_not_ready.seen": "The service is running, but not ready: {reason}",
    "service_not_ready.cause":
      "database: it is not writable; worker: no jobs are taken; audit: its log is not writable; else it starts or stops.",
    "service_not_ready.fix": "Fix the disk and folder findings first, then restart the service.",
  },
});
