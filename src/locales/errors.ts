import type { ErrorCode } from "@/lib/errors.ts";
import type { Locale } from "./locale.ts";

interface ErrorText {
  /** What happened; `{name}` takes the error's detail. */
  text: string;
  /** What to do next. */
  cure: string;
}

/** The text of every error, first as the predecessor worded it. */
export const errorTexts: Record<ErrorCode, Record<Locale, ErrorText>> = {
  auth_not_configured: {
    "zh-CN": {
      text: "BACKEND_API_TOKEN 未配置。",
      cure: "在 .env 中把 BACKEND_API_TOKEN 设为至少 16 个字符的随机值（不能是占位值），然后重启服务。",
    },
    en: {
      text: "BACKEND_API_TOKEN is not configured.",
      cure: "Set BACKEND_API_TOKEN in .env to a random value of at least 16 characters (not the placeholder) and restart.",
    },
  },
  auth_missing: {
    "zh-CN": { text: "缺少 Bearer token。", cure: "请求头加上 Authorization: Bearer <.env 中的 BACKEND_API_TOKEN>。" },
    en: { text: "The Bearer token is missing.", cure: "Send Authorization: Bearer <BACKEND_API_TOKEN from .env>." },
  },
  auth_repeated: {
    "zh-CN": {
      text: "Authorization 请求头出现了多次。",
      cure: "只发送一个 Authorization 请求头；检查代理是否又加了一个。",
    },
    en: {
      text: "The Authorization header occurs more than once.",
      cure: "Send one; see whether a proxy adds its own.",
    },
  },
  auth_invalid: {
    "zh-CN": { text: "Bearer token 无效。", cure: "核对插件中的 token 与 .env 中的 BACKEND_API_TOKEN 是否完全一致。" },
    en: { text: "The Bearer token is wrong.", cure: "Compare the client's token with BACKEND_API_TOKEN in .env." },
  },
  login_required: {
    "zh-CN": { text: "请先登录。", cure: "打开 /web/login，输入 .env 中的 BACKEND_API_TOKEN。" },
    en: { text: "Please log in first.", cure: "Open /web/login and enter BACKEND_API_TOKEN from .env." },
  },
  streams_full: {
    "zh-CN": { text: "实时连接已满（{limit} 个）。", cure: "关闭不用的页面；页面本身仍可手动刷新。" },
    en: {
      text: "{limit} live connections are open already.",
      cure: "Close pages you do not use; reloading still works.",
    },
  },
  host_not_allowed: {
    "zh-CN": {
      text: "不接受此 Host。",
      cure: "用 127.0.0.1、localhost 或 BACKEND_HOST 访问；反向代理的域名请加入 BACKEND_ALLOWED_HOSTS。",
    },
    en: {
      text: "This Host is not served.",
      cure: "Use 127.0.0.1, localhost or BACKEND_HOST; add a proxy's name to BACKEND_ALLOWED_HOSTS.",
    },
  },
  origin_not_allowed: {
    "zh-CN": { text: "不接受来自其他网站的写入请求。", cure: "请在本服务自己的页面上操作；脚本请改用 /api/v1 接口。" },
    en: { text: "Writes from another site are refused.", cure: "Use this service's own pages; scripts use /api/v1." },
  },
  not_found: {
    "zh-CN": { text: "路径不存在。", cure: "检查路径和大小写；接口列表见 /docs。" },
    en: { text: "There is no such path.", cure: "Check the path and its case; /docs lists them." },
  },
  method_not_allowed: {
    "zh-CN": { text: "此路径不支持该方法。", cure: "使用响应头 Allow 中列出的方法。" },
    en: { text: "The path does not take this method.", cure: "Use a method from the Allow header." },
  },
  invalid_json: {
    "zh-CN": { text: "请求体不是有效的 JSON：{reason}", cure: "发送 UTF-8 编码的 JSON。" },
    en: { text: "The body is not valid JSON: {reason}", cure: "Send JSON in UTF-8." },
  },
  invalid_request: {
    "zh-CN": { text: "请求体字段不符合要求：{fields}", cure: "按 detail 中列出的位置和原因修改字段。" },
    en: { text: "Fields of the body are not acceptable: {fields}", cure: "Mend the fields that detail names." },
  },
  payload_too_large: {
    "zh-CN": { text: "请求体超过 {limit} 字节。", cure: "缩小请求体后重试。" },
    en: { text: "The body is larger than {limit} bytes.", cure: "Send a smaller body." },
  },
  uri_too_long: {
    "zh-CN": { text: "请求地址超过 {limit} 个字符。", cure: "缩短地址；数据请放在请求体中。" },
    en: { text: "The address is longer than {limit} characters.", cure: "Shorten it; data belongs in the body." },
  },
  too_busy: {
    "zh-CN": { text: "同类请求已有 {limit} 个在进行。", cure: "关闭不用的页面或事件流，几秒后重试。" },
    en: {
      text: "{limit} requests of this kind are under way already.",
      cure: "Close streams and pages not in use, and try again.",
    },
  },
  unsupported_media_type: {
    "zh-CN": { text: "Content-Type 必须是 JSON。", cure: "请求头加上 Content-Type: application/json。" },
    en: { text: "The Content-Type must be JSON.", cure: "Send Content-Type: application/json." },
  },
  mem_heavy_reject: {
    "zh-CN": {
      text: "可用内存 {available} MiB，低于 512 MiB：暂不接受重任务。",
      cure: "稍后重试；或用 free -m 查看并停掉占内存的程序。",
    },
    en: {
      text: "{available} MiB of memory are available, below 512 MiB: heavy work is refused.",
      cure: "Try again later, or see free -m and stop what uses the memory.",
    },
  },
  mem_force_read_only: {
    "zh-CN": {
      text: "可用内存 {available} MiB，低于 350 MiB：服务暂为只读。",
      cure: "稍后重试；先释放内存（free -m），取消任务仍然可用。",
    },
    en: {
      text: "{available} MiB of memory are available, below 350 MiB: the service is read-only.",
      cure: "Free memory (free -m) and try again; cancelling a job still works.",
    },
  },
  permission_too_low: {
    "zh-CN": { text: "提交执行器任务至少需要 L3。", cure: "以 L3 或更高权限提交。" },
    en: { text: "Submitting a job takes at least L3.", cure: "Submit with permission level L3 or higher." },
  },
  danger_needs_l4: {
    "zh-CN": { text: "危险模式需要 L4。", cure: "去掉 allow_danger，或以 L4 权限提交。" },
    en: { text: "allow_danger takes L4.", cure: "Drop allow_danger, or submit with L4." },
  },
  danger_off: {
    "zh-CN": {
      text: "本服务已关闭危险模式。",
      cure: "去掉 allow_danger；确实需要时在 .env 中设 EXECUTOR_ALLOW_DANGER=true 并重启服务。",
    },
    en: {
      text: "Jobs without a sandbox are switched off here.",
      cure: "Drop allow_danger; if it is truly needed, set EXECUTOR_ALLOW_DANGER=true in .env and restart.",
    },
  },
  executor_unsupported: {
    "zh-CN": { text: "不支持的执行器: {executor}", cure: "executor 只能是 codex。" },
    en: { text: "Unsupported executor: {executor}", cure: "The only executor is codex." },
  },
  executor_not_available: {
    "zh-CN": {
      text: "未检测到 {bin}。",
      cure: "安装 Codex（npm i -g @openai/codex），或把 EXECUTOR_CODEX_BIN 设为它的完整路径。",
    },
    en: {
      text: "{bin} was not found.",
      cure: "Install Codex (npm i -g @openai/codex), or set EXECUTOR_CODEX_BIN to its full path.",
    },
  },
  missing_task: {
    "zh-CN": { text: "task 不能为空。", cure: "在 task 中写明要做的事。" },
    en: { text: "The task is empty.", cure: "Say in task what is to be done." },
  },
  task_too_large: {
    "zh-CN": { text: "task 过长，最多 {limit} 个字符。", cure: "缩短任务，或调大 EXECUTOR_MAX_TASK_CHARS。" },
    en: {
      text: "The task is too long; at most {limit} characters.",
      cure: "Shorten it, or raise EXECUTOR_MAX_TASK_CHARS.",
    },
  },
  invalid_cwd: {
    "zh-CN": { text: "cwd 不存在或不是目录: {cwd}", cure: "填写服务所在主机上已存在的目录。" },
    en: { text: "cwd does not exist or is not a directory: {cwd}", cure: "Name a directory that exists on the host." },
  },
  workdir_not_allowed: {
    "zh-CN": {
      text: "cwd 不在允许范围内: {cwd}",
      cure: "换到 EXECUTOR_ALLOWED_WORKDIRS 之内的目录，或把它加入该列表。",
    },
    en: {
      text: "cwd is outside the allowed directories: {cwd}",
      cure: "Use a directory in EXECUTOR_ALLOWED_WORKDIRS, or add it there.",
    },
  },
  job_not_found: {
    "zh-CN": { text: "job_id 不存在。", cure: "核对提交任务时返回的 job_id。" },
    en: { text: "There is no such job.", cure: "Check the job_id that the submit returned." },
  },
  queue_full: {
    "zh-CN": { text: "排队任务已达上限 {limit}。", cure: "等待前面的任务完成后重试，或调大 EXECUTOR_MAX_QUEUED。" },
    en: {
      text: "{limit} jobs are waiting already.",
      cure: "Try again when some are done, or raise EXECUTOR_MAX_QUEUED.",
    },
  },
  idempotency_conflict: {
    "zh-CN": { text: "此 Idempotency-Key 已用于另一个请求。", cure: "新的请求请换一个新的 Idempotency-Key。" },
    en: { text: "This Idempotency-Key was used for another request.", cure: "Use a new key for a new request." },
  },
  idempotency_key_invalid: {
    "zh-CN": { text: "Idempotency-Key 无效。", cure: "使用 1 到 255 个可见 ASCII 字符，例如 UUID。" },
    en: {
      text: "The Idempotency-Key is not valid.",
      cure: "Use 1 to 255 visible ASCII characters, a UUID for example.",
    },
  },
  resume_job_not_found: {
    "zh-CN": { text: "要继续的任务不存在: {job}", cure: "核对 resume_job_id；过期任务会被清理。" },
    en: { text: "There is no job to continue: {job}", cure: "Check resume_job_id; old jobs are deleted." },
  },
  resume_job_unfinished: {
    "zh-CN": { text: "要继续的任务尚未结束: {job}", cure: "等它结束后再继续，或先取消它。" },
    en: { text: "The job to continue has not ended: {job}", cure: "Wait for its end, or cancel it first." },
  },
  resume_thread_missing: {
    "zh-CN": { text: "要继续的任务没有 Codex 会话: {job}", cure: "该任务没有启动过 Codex 会话，请提交新任务。" },
    en: { text: "The job to continue has no Codex thread: {job}", cure: "It never reached Codex; submit a new job." },
  },
  astr_provider_empty: {
    "zh-CN": {
      text: "没有可用的 provider，已保留原有数据。",
      cure: "每条 provider 至少需要字符串 id 和 model；跳过的条目见 skipped。",
    },
    en: {
      text: "No provider could be used; the stored ones stay.",
      cure: "Each provider needs an id and a model; skipped names those left out.",
    },
  },
  relay_busy: {
    "zh-CN": {
      text: "网关正在处理另一轮对话，等待队列已满或等待超时。",
      cure: "按 Retry-After 稍后重试。",
    },
    en: {
      text: "The gateway is busy with another turn, and the line of waiting ones is full or took too long.",
      cure: "Try again after the seconds in Retry-After.",
    },
  },
  circuit_open: {
    "zh-CN": {
      text: "网关连续失败，熔断器已断开，{retryAfterSeconds} 秒后再试探。",
      cure: "按 Retry-After 稍后重试；网关的故障和处理方法见 /web/status。",
    },
    en: {
      text: "The gateway failed several times in a row; the circuit is open, the next trial is in {retryAfterSeconds} s.",
      cure: "Try again after the seconds in Retry-After; /web/status tells what is wrong and how to mend it.",
    },
  },
  gateway_token_refused: {
    "zh-CN": {
      text: "网关刚拒绝了我们的 token；为避免被网关锁定，{retryAfterSeconds} 秒内不再尝试。",
      cure: "核对 .env 中的 OPENCLAW_GATEWAY_TOKEN 与网关一致，改正后重启本服务。",
    },
    en: {
      text: "The gateway has just refused our token; it is not tried for {retryAfterSeconds} s, lest the gateway lock us out.",
      cure: "Make OPENCLAW_GATEWAY_TOKEN in .env the gateway's own, then restart this service.",
    },
  },
  gateway_unreachable: {
    "zh-CN": {
      text: "无法连接网关，或连接中断（{reason}）。",
      cure: "查看 /web/status；运行 docker compose -f openclaw_sidecar.compose.yml ps 确认网关在运行。",
    },
    en: {
      text: "The gateway cannot be reached, or cut the connection ({reason}).",
      cure: "See /web/status, and whether it runs: docker compose -f openclaw_sidecar.compose.yml ps.",
    },
  },
  gateway_timeout: {
    "zh-CN": {
      text: "网关在 {seconds} 秒内没有应答。",
      cure: "查看 /web/status；模型确实较慢时调大 RELAY_FIRST_BYTE_TIMEOUT_SECONDS 和 RELAY_TOTAL_TIMEOUT_SECONDS。",
    },
    en: {
      text: "The gateway did not answer within {seconds} s.",
      cure: "See /web/status; for a slow model raise RELAY_FIRST_BYTE_TIMEOUT_SECONDS and RELAY_TOTAL_TIMEOUT_SECONDS.",
    },
  },
  gateway_endpoint_missing: {
    "zh-CN": {
      text: "网关没有 /v1/responses（HTTP {status}）。",
      cure: "使用本项目的 openclaw_sidecar.config.json5 启用它，并核对 OPENCLAW_GATEWAY_URL。",
    },
    en: {
      text: "The gateway does not serve /v1/responses (HTTP {status}).",
      cure: "Enable it as openclaw_sidecar.config.json5 does, and check OPENCLAW_GATEWAY_URL.",
    },
  },
  gateway_starting: {
    "zh-CN": { text: "网关正在启动。", cure: "按 Retry-After 稍后重试，启动通常需要 5 到 30 秒。" },
    en: {
      text: "The gateway is starting.",
      cure: "Try again after the seconds in Retry-After; a start takes 5 to 30 seconds.",
    },
  },
  gateway_unusable_answer: {
    "zh-CN": {
      text: "网关地址的应答无法使用（HTTP {status}，{reason}）。",
      cure: "核对 OPENCLAW_GATEWAY_URL 是否指向 OpenClaw 网关，并查看网关日志。",
    },
    en: {
      text: "What answers at the gateway's address cannot be used (HTTP {status}, {reason}).",
      cure: "Check that OPENCLAW_GATEWAY_URL leads to an OpenClaw gateway, and see the gateway's log.",
    },
  },
  database_unavailable: {
    "zh-CN": { text: "数据库暂时无法读写。", cure: "检查磁盘空间（df -h）和 data/ 目录权限，稍后重试。" },
    en: {
      text: "The database cannot be used right now.",
      cure: "Check the disk space (df -h) and the permissions of data/, then try again.",
    },
  },
  service_starting: {
    "zh-CN": { text: "服务正在启动。", cure: "稍等几秒再试；启动完成后 /readyz 返回 200。" },
    en: { text: "The service is starting.", cure: "Try again in a few seconds; /readyz answers 200 once it is ready." },
  },
  service_stopping: {
    "zh-CN": { text: "服务正在停止。", cure: "服务重新启动后再试。" },
    en: { text: "The service is stopping.", cure: "Try again once it has been started again." },
  },
  internal_error: {
    "zh-CN": { text: "服务内部错误。", cure: "用 trace_id 在 logs/backend 的日志中查找原因。" },
    en: { text: "An internal error.", cure: "Look for the trace_id in the logs under logs/backend." },
  },
};
