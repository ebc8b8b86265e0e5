import type { ProbeDetail } from "@/gateway/view.ts";
import type { Locale, Translated } from "./locale.ts";

export interface ProblemText {
  title: string;
  cause: string;
  cure: string;
}

/** What can be wrong besides the gateway, whose causes and cures stand in `gateway.ts`. */
export type ProblemKind =
  | "token_missing"
  | "memory_read_only"
  | "memory_heavy_rejected"
  | "gateway_pending"
  | "breaker_open"
  | "model_failing"
  | "sidecar_outdated"
  | "codex_missing"
  | "codex_refused"
  | "codex_sandbox"
  | "codex_not_logged_in"
  | "database_failing"
  | "audit_failing"
  | "backup_failing"
  | "never_synced"
  | "models_changed"
  | "default_gone";

/** `{name}` takes a value of the problem, backticks mark code. */
export const problemTexts: Record<ProblemKind, Record<Locale, ProblemText>> = {
  token_missing: {
    "zh-CN": {
      title: "API token 未配置",
      cause: "`BACKEND_API_TOKEN` 为空、少于 16 个字符，或仍是占位值；所有 `/api` 请求都会得到 503。",
      cure: "生成一个随机值，写入 `.env` 的 `BACKEND_API_TOKEN`，插件中填同一个值，然后重启服务。",
    },
    en: {
      title: "The API token is not configured",
      cause:
        "`BACKEND_API_TOKEN` is empty, shorter than 16 characters or still the placeholder; every `/api` request gets 503.",
      cure: "Make a random value, set it as `BACKEND_API_TOKEN` in `.env` and in the plugin, then restart the service.",
    },
  },
  memory_read_only: {
    "zh-CN": {
      title: "内存不足，服务只读",
      cause: "可用内存 {available} MiB，低于 {limit} MiB：除取消任务外，所有写入都被拒绝。",
      cure: "查看并停掉占内存的程序；可用内存回升后自动恢复，无需重启。",
    },
    en: {
      title: "Memory is short: the service is read-only",
      cause: "{available} MiB are available, below {limit} MiB: every write but cancelling a job is refused.",
      cure: "See what uses the memory and stop it; work resumes by itself, without a restart.",
    },
  },
  memory_heavy_rejected: {
    "zh-CN": {
      title: "内存偏低，暂不接受重任务",
      cause: "可用内存 {available} MiB，低于 {limit} MiB：新任务和模型拉取被拒绝。",
      cure: "查看并停掉占内存的程序；可用内存回升后自动恢复，无需重启。",
    },
    en: {
      title: "Memory is low: heavy work is refused",
      cause: "{available} MiB are available, below {limit} MiB: new jobs and model pulls are refused.",
      cure: "See what uses the memory and stop it; work resumes by itself, without a restart.",
    },
  },
  gateway_pending: {
    "zh-CN": {
      title: "正在等待首次网关探测",
      cause: "服务刚启动，第一次探测还没有结束。",
      cure: "几秒后刷新本页。",
    },
    en: {
      title: "The first gateway check has not ended",
      cause: "The service has just started.",
      cure: "Reload this page in a few seconds.",
    },
  },
  breaker_open: {
    "zh-CN": {
      title: "熔断器已断开",
      cause: "网关连续失败 {failures} 次，请求暂停以免堆积。最近一次：{error}",
      cure: "倒计时结束时自动试探一次，成功即恢复；先处理网关故障。",
    },
    en: {
      title: "The circuit breaker is open",
      cause: "The gateway failed {failures} times in a row; requests are held back so that none pile up. Last: {error}",
      cure: "At the end of the countdown one trial follows and closes it when it succeeds; mend the gateway first.",
    },
  },
  model_failing: {
    "zh-CN": {
      title: "最近一轮对话失败",
      cause: "网关可达，但最近一轮真实对话没有成功：{message}",
      cure: "检查模型密钥、额度和服务商状态；修好后在网关卡片上做一次“深度检查”。",
    },
    en: {
      title: "The last turn failed",
      cause: "The gateway answers, but the last real turn did not succeed: {message}",
      cure: "Check the model's key, quota and provider; then run the “Deep check” on the gateway card once.",
    },
  },
  sidecar_outdated: {
    "zh-CN": {
      title: "网关版本低于安全修复",
      cause: "OpenClaw {version} 低于 {fixedIn}，受 {advisories} 影响。",
      cure: "评估后在 `.env` 中提高 `OPENCLAW_VERSION`（新版本可能需要新的 `OPENCLAW_IMAGE`），再运行下面的命令。",
    },
    en: {
      title: "The gateway is older than its security fixes",
      cause: "OpenClaw {version} is below {fixedIn} and has {advisories}.",
      cure: "Raise `OPENCLAW_VERSION` in `.env` (a newer one may need another `OPENCLAW_IMAGE`), then run the command.",
    },
  },
  codex_missing: {
    "zh-CN": {
      title: "未找到 Codex",
      cause: "PATH 中没有可执行的 `{bin}`；提交的任务会得到 503。",
      cure: "安装 Codex，或在 `.env` 中把 `EXECUTOR_CODEX_BIN` 设为它的完整路径并重启。",
    },
    en: {
      title: "Codex was not found",
      cause: "There is no executable `{bin}` on PATH; submitted jobs get 503.",
      cure: "Install Codex, or set `EXECUTOR_CODEX_BIN` in `.env` to its full path and restart.",
    },
  },
  codex_refused: {
    "zh-CN": {
      title: "模型服务拒绝了 Codex 的凭据",
      cause: "最近一次任务得到：{message}",
      cure: "以运行本服务的用户登录 Codex，或改正 Codex 配置中的密钥；下一次任务成功后此提示消失。",
    },
    en: {
      title: "The model service refuses Codex's credentials",
      cause: "The last job was told: {message}",
      cure: "Log Codex in as the service's user, or mend the key in Codex's configuration; the next job that succeeds clears this.",
    },
  },
  codex_sandbox: {
    "zh-CN": {
      title: "Codex 的沙箱不可用",
      cause: "此主机不允许非特权用户命名空间，沙箱中的命令都会失败，任务却可能显示成功。",
      cure: "启用用户命名空间；容器中运行时需放宽 seccomp 或 AppArmor 配置。",
    },
    en: {
      title: "Codex's sandbox does not work",
      cause:
        "This host allows no unprivileged user namespaces: every sandboxed command fails, though a job may look well.",
      cure: "Allow user namespaces; in a container, relax its seccomp or AppArmor profile.",
    },
  },
  codex_not_logged_in: {
    "zh-CN": {
      title: "Codex 未登录",
      cause: "`codex login status` 显示未登录。",
      cure: "以运行本服务的用户登录；使用自定义 provider 密钥时可忽略。",
    },
    en: {
      title: "Codex is not logged in",
      cause: "`codex login status` says so.",
      cure: "Log in as the service's user; with a custom provider's key it need not be.",
    },
  },
  database_failing: {
    "zh-CN": {
      title: "数据库无法写入",
      cause: "磁盘已满、文件系统只读、被其他程序锁住，或文件已损坏；原因见 `logs/backend/backend.log`。",
      cure: "腾出磁盘空间或停掉占用数据库的程序，随后自动恢复，无需重启；文件损坏时用备份恢复。",
    },
    en: {
      title: "The database cannot be written",
      cause:
        "The disk is full or read-only, another program holds a lock, or the file is damaged; see `logs/backend/backend.log`.",
      cure: "Make room, or stop what holds the lock: it recovers without a restart. Restore a backup when the file is damaged.",
    },
  },
  audit_failing: {
    "zh-CN": {
      title: "审计日志写入失败",
      cause: "已失败 {failures} 次，最近一次：{error}",
      cure: "检查磁盘空间和 `logs/backend` 的权限；恢复后自动继续写入。",
    },
    en: {
      title: "The audit log cannot be written",
      cause: "{failures} writes have failed, the last one with: {error}",
      cure: "Check the disk space and the permissions of `logs/backend`; writing resumes by itself.",
    },
  },
  backup_failing: {
    "zh-CN": {
      title: "每日备份失败",
      cause: "最近一次备份没有完成：{error}",
      cure: "检查磁盘空间和备份目录的权限，然后手动备份一次；服务每小时重试。",
    },
    en: {
      title: "The daily backup failed",
      cause: "The last one was not finished: {error}",
      cure: "Check the disk space and the permissions of the backup folder, then make one by hand; the service tries again every hour.",
    },
  },
  never_synced: {
    "zh-CN": {
      title: "尚未同步模型",
      cause: "还没有拉取过 AstrBot 的配置，插件也没有推送过。",
      cure: "打开“模型同步”页，点一次“一键拉取 Astr 配置”。",
    },
    en: {
      title: "Models were never synced",
      cause: "AstrBot's configuration was not pulled yet, nor pushed by the plugin.",
      cure: "Open the page “Model sync” and press “Pull the AstrBot configuration” once.",
    },
  },
  models_changed: {
    "zh-CN": {
      title: "AstrBot 的配置在同步后有改动",
      cause: "`{source}` 在最后一次同步之后被写入（{modifiedAt}），已保存的模型可能不是最新的。",
      cure: "在“最后同步”卡片中点“一键拉取 Astr 配置”。",
    },
    en: {
      title: "AstrBot's configuration changed after the sync",
      cause: "`{source}` was written after the last sync ({modifiedAt}); the stored models may be out of date.",
      cure: "Press “Pull the AstrBot configuration” on the card “Last sync”.",
    },
  },
  default_gone: {
    "zh-CN": {
      title: "AstrBot 的默认模型不可用",
      cause: "默认 provider `{id}` 不在同步的列表中：它已被删除、停用，或缺少必要字段。",
      cure: "在 AstrBot 面板中重新选择默认模型，然后重新拉取。",
    },
    en: {
      title: "AstrBot's default model is not there",
      cause: "The default provider `{id}` is not in the synced list: it was removed, switched off, or lacks a field.",
      cure: "Choose another default in AstrBot's dashboard, then pull again.",
    },
  },
};

export const COMPOSE = "docker compose -f openclaw_sidecar.compose.yml";

/** What to run on the host, where something helps. */
export const problemCommands: Partial<Record<ProblemKind, string>> = {
  token_missing: "openssl rand -hex 32",
  memory_read_only: "free -m && ps -eo pid,rss,comm --sort=-rss | head",
  memory_heavy_rejected: "free -m && ps -eo pid,rss,comm --sort=-rss | head",
  breaker_open: `${COMPOSE} ps && ${COMPOSE} logs --tail 50`,
  sidecar_outdated: `${COMPOSE} up -d`,
  codex_missing: "npm install -g @openai/codex && codex login",
  codex_refused: "codex login",
  codex_sandbox: "sudo sysctl -w kernel.unprivileged_userns_clone=1",
  codex_not_logged_in: "codex login",
  backup_failing: "df -h . && bun run backup",
  database_failing: "df -h . && ls -l data",
  audit_failing: "df -h . && ls -ld logs/backend",
};

/** The first thing to run for each finding about the gateway. */
export const gatewayCommands: Partial<Record<ProbeDetail, string>> = {
  unauthorized: `${COMPOSE} up -d --force-recreate`,
  rate_limited: `${COMPOSE} restart`,
  endpoint_disabled: `${COMPOSE} restart`,
  refused: `${COMPOSE} up -d`,
  reset: `${COMPOSE} ps && ${COMPOSE} logs --tail 50`,
  timeout: `${COMPOSE} logs --tail 50`,
  gateway_starting: `${COMPOSE} logs --tail 50`,
  draining: `${COMPOSE} up -d`,
  upstream_model_error: `${COMPOSE} logs --tail 50`,
  unexpected_answer: `${COMPOSE} logs --tail 50`,
};

/** In one line, what is wrong with the gateway. */
export const gatewayTitles: Record<ProbeDetail, Translated> = {
  "": { "zh-CN": "网关可用", en: "The gateway works" },
  not_checked_yet: { "zh-CN": "网关尚未探测", en: "The gateway is not checked yet" },
  unauthorized: { "zh-CN": "网关拒绝了我们的 token", en: "The gateway refuses our token" },
  rate_limited: { "zh-CN": "网关暂时锁定了我们", en: "The gateway has locked us out for a while" },
  endpoint_disabled: { "zh-CN": "网关没有启用 /v1/responses", en: "The gateway does not serve /v1/responses" },
  refused: { "zh-CN": "网关没有运行", en: "The gateway is not running" },
  dns: { "zh-CN": "网关的主机名无法解析", en: "The gateway's host name cannot be resolved" },
  reset: { "zh-CN": "网关断开了连接", en: "The gateway cuts connections" },
  timeout: { "zh-CN": "网关没有应答", en: "The gateway does not answer" },
  gateway_starting: { "zh-CN": "网关正在启动", en: "The gateway is starting" },
  draining: { "zh-CN": "网关正在停止", en: "The gateway is stopping" },
  request_refused: { "zh-CN": "网关认为请求不合法", en: "The gateway finds the request wrong" },
  upstream_model_error: { "zh-CN": "网关背后的模型失败", en: "The model behind the gateway fails" },
  circuit_open: { "zh-CN": "熔断器已断开", en: "The circuit breaker is open" },
  unexpected_answer: { "zh-CN": "网关的应答不对", en: "The gateway answers oddly" },
};
