import type { DoctorEntry } from "./text.ts";

export const serviceTexts = {
  service_ok: {
    state: "ok",
    "zh-CN": { seen: "服务在端口 {port} 上运行（pid {pid}，版本 {release}），一切就绪" },
    en: { seen: "The service runs on port {port} (pid {pid}, release {release}) and is ready" },
  },
  service_stopped: {
    state: "warn",
    "zh-CN": { seen: "服务没有运行，端口 {port} 空闲", cause: "还没有启动，或已停止。", cure: "启动它。" },
    en: {
      seen: "The service does not run; port {port} is free",
      cause: "It was not started, or was stopped.",
      cure: "Start it.",
    },
  },
  port_taken: {
    state: "fail",
    "zh-CN": {
      seen: "端口 {port} 被别的程序占用：{name}（pid {pid}）",
      cause: "服务无法在此端口启动。",
      cure: "停掉它，或在 .env 中换一个 BACKEND_PORT。",
    },
    en: {
      seen: "Another program has port {port}: {name} (pid {pid})",
      cause: "The service cannot start on it.",
      cure: "Stop that program, or set another BACKEND_PORT in .env.",
    },
  },
  service_elsewhere: {
    state: "fail",
    "zh-CN": {
      seen: "另一个实例（pid {pid}：{name}）正在使用我们的数据库，但不在端口 {port} 上",
      cause: "启动之后改过 BACKEND_PORT，或它正在启动、停止。",
      cure: "重启服务。",
    },
    en: {
      seen: "Another instance (pid {pid}: {name}) uses our database, but not port {port}",
      cause: "BACKEND_PORT was changed after its start, or it is just starting or stopping.",
      cure: "Restart the service.",
    },
  },
  service_silent: {
    state: "fail",
    "zh-CN": {
      seen: "服务（pid {pid}）占着端口 {port}，但 3 秒内没有应答",
      cause: "进程卡住或被暂停。",
      cure: "强制结束并重新启动；数据不会丢失。",
    },
    en: {
      seen: "The service (pid {pid}) has port {port}, but gives no answer within 3 s",
      cause: "The process hangs, or is suspended.",
      cure: "End it by force and start it again; no data is lost.",
    },
  },
  service_not_ready: {
    state: "fail",
    "zh-CN": {
      seen: "服务在运行，但未就绪：{reason}",
      cause: "database：数据库写不进去；worker：任务执行已停；audit：审计日志写不进去；其余为正在启动或停止。",
      cure: "先处理上面列出的磁盘、目录问题，再重启服务。",
    },
    en: {
      seen: "The service runs, but is not ready: {reason}",
      cause:
        "database: it cannot be written; worker: jobs are not taken; audit: its log cannot be written; else it starts or stops.",
      cure: "Mend what is told of disk and folders first, then restart the service.",
    },
  },
  gateway_ok: {
    state: "ok",
    "zh-CN": { seen: "网关可用：{url}，token 正确（{owner}；探测不消耗模型额度）" },
    en: { seen: "The gateway is usable: {url}, it takes our token ({owner}; the check calls no model)" },
  },
  gateway_not_asked: {
    state: "ok",
    "zh-CN": { seen: "网关：没有 token，未探测（{url}，{owner}）" },
    en: { seen: "Gateway: not asked without a token ({url}, {owner})" },
  },
  gateway_is_us: {
    state: "fail",
    "zh-CN": {
      seen: "OPENCLAW_GATEWAY_URL（{url}）指向本服务自己",
      cause: "端口写错；网关 token 会被发给自己。",
      cure: "恢复默认地址 http://127.0.0.1:18789，或填网关的真实地址，然后重启服务。",
    },
    en: {
      seen: "OPENCLAW_GATEWAY_URL ({url}) leads to this very service",
      cause: "A wrong port.",
      cure: "Go back to the default http://127.0.0.1:18789, or set the gateway's address, then restart the service.",
    },
  },
  sidecar_ok: {
    state: "ok",
    "zh-CN": { seen: "网关版本 {version}：不受已知公告影响" },
    en: { seen: "Gateway version {version}: none of the known advisories" },
  },
  sidecar_files_ok: {
    state: "ok",
    "zh-CN": { seen: "网关文件正常：{files}" },
    en: { seen: "The gateway's files are in order: {files}" },
  },
  sidecar_file_missing: {
    state: "warn",
    "zh-CN": { seen: "缺少 {path}", cause: "文件被删除。", cure: "从 git 取回。" },
    en: { seen: "{path} is missing", cause: "It was deleted.", cure: "Take it back from git." },
  },
  sidecar_file_broken: {
    state: "fail",
    "zh-CN": {
      seen: "{path} 的内容不对",
      cause: "语法错误，或缺少必要的部分；网关无法启动。",
      cure: "改正它；下面的命令会放弃对它的修改，从 git 取回。",
    },
    en: {
      seen: "{path} is not as it should be",
      cause: "A syntax error, or a part is missing; the gateway cannot start.",
      cure: "Correct it; the command gives up the changes and takes it back from git.",
    },
  },
  sidecar_endpoint_off: {
    state: "fail",
    "zh-CN": {
      seen: "{path} 关闭了 /v1/responses",
      cause: "插件和本服务都靠它与网关对话。",
      cure: "打开它，然后重启网关。",
    },
    en: {
      seen: "{path} switches /v1/responses off",
      cause: "The plugin and this service speak to the gateway by it.",
      cure: "Switch it on, then restart the gateway.",
    },
  },
  compose_open: {
    state: "warn",
    "zh-CN": {
      seen: "{path} 把网关端口公开在所有地址上：{ports}",
      cause: "其他主机可以访问网关。",
      cure: "只映射到 127.0.0.1，然后重建容器。",
    },
    en: {
      seen: "{path} publishes the gateway's port on every address: {ports}",
      cause: "Other hosts can reach the gateway.",
      cure: "Publish it on 127.0.0.1 alone, then make the container again.",
    },
  },
  unit_ok: {
    state: "ok",
    "zh-CN": { seen: "systemd 单元：{path}" },
    en: { seen: "systemd unit: {path}" },
  },
  unit_none: {
    state: "ok",
    "zh-CN": { seen: "没有安装 systemd 单元（bun run deploy:systemd）" },
    en: { seen: "No systemd unit is installed (bun run deploy:systemd)" },
  },
  unit_no_systemd: {
    state: "ok",
    "zh-CN": { seen: "此主机没有运行 systemd" },
    en: { seen: "systemd does not run on this host" },
  },
  unit_other: {
    state: "warn",
    "zh-CN": { seen: "{path} 启动的是 {folder}，不是 {root}", cause: "项目目录搬过家。", cure: "重新安装单元。" },
    en: {
      seen: "{path} starts {folder}, not {root}",
      cause: "The project was moved.",
      cure: "Install the unit again.",
    },
  },
} satisfies Record<string, DoctorEntry>;
