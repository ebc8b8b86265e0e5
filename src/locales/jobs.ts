import type { Locale } from "./locale.ts";

/** Error codes of job records (contract), beside the API's codes for a directory that has gone or moved away. */
export const jobErrorCodes = [
  "canceled_by_user",
  "executor_timeout",
  "executor_stalled",
  "executor_nonzero_exit",
  "executor_start_failed",
  "executor_not_available",
  "executor_not_ready",
  "interrupted",
  "mem_heavy_reject",
  "memory_pressure",
  "model_auth_failed",
  "model_rate_limited",
  "model_unavailable",
  "model_request_rejected",
  "invalid_cwd",
  "workdir_not_allowed",
  "permission_deny",
  "internal_error",
] as const;

export type JobErrorCode = (typeof jobErrorCodes)[number];

interface JobErrorText {
  text: string;
  cure: string;
}

/** `text` is what a job record stores (in Chinese); `{name}` takes a detail. */
export const jobErrorTexts: Record<JobErrorCode, Record<Locale, JobErrorText>> = {
  canceled_by_user: {
    "zh-CN": { text: "任务已被用户取消。", cure: "需要时重新提交。" },
    en: { text: "The user canceled the job.", cure: "Submit it again if it is still wanted." },
  },
  executor_timeout: {
    "zh-CN": {
      text: "执行超过 {seconds} 秒，已终止。",
      cure: "把任务拆小，或调大 EXECUTOR_TIMEOUT_SECONDS 后重启服务。",
    },
    en: {
      text: "Ended after {seconds} seconds.",
      cure: "Split the task, or raise EXECUTOR_TIMEOUT_SECONDS and restart.",
    },
  },
  executor_stalled: {
    "zh-CN": {
      text: "{seconds} 秒没有任何输出，已终止。",
      cure: "模型或网络可能已无响应；检查后重新提交，或调大 EXECUTOR_STALL_SECONDS。",
    },
    en: {
      text: "Ended after {seconds} seconds without any output.",
      cure: "The model or the network may hang; check them, or raise EXECUTOR_STALL_SECONDS.",
    },
  },
  mem_heavy_reject: {
    "zh-CN": {
      text: "等待内存超过 {seconds} 秒仍不足 512 MiB（当前 {available} MiB），未执行。",
      cure: "释放内存（free -m）后重新提交。",
    },
    en: {
      text: "Not run: {seconds} seconds of waiting did not bring 512 MiB of memory ({available} MiB available).",
      cure: "Free memory (free -m), then submit it again.",
    },
  },
  memory_pressure: {
    "zh-CN": {
      text: "可用内存过低，为保护主机已终止任务。",
      cure: "释放内存（free -m）后重新提交；阈值见 EXECUTOR_MEMORY_FLOOR_MB。",
    },
    en: {
      text: "Ended to protect the host: too little memory was left.",
      cure: "Free memory (free -m), then submit it again; the limit is EXECUTOR_MEMORY_FLOOR_MB.",
    },
  },
  model_auth_failed: {
    "zh-CN": {
      text: "codex exit code={exit}：模型服务拒绝了凭据：{message}",
      cure: "以服务用户身份运行 codex login，或检查 Codex 配置中的密钥；自定义 env_key 需写入 EXECUTOR_PASS_ENV。",
    },
    en: {
      text: "codex exit code={exit}: the model service refused the credentials: {message}",
      cure: "Run codex login as the service's user, or check Codex's key; a custom env_key goes into EXECUTOR_PASS_ENV.",
    },
  },
  model_rate_limited: {
    "zh-CN": { text: "codex exit code={exit}：模型服务限流：{message}", cure: "稍后重试，或检查账户额度。" },
    en: {
      text: "codex exit code={exit}: the model service limits the rate: {message}",
      cure: "Try again later, or check the quota.",
    },
  },
  model_unavailable: {
    "zh-CN": {
      text: "codex exit code={exit}：模型服务不可用：{message}",
      cure: "检查网络和模型服务状态后重新提交。",
    },
    en: {
      text: "codex exit code={exit}: the model service is not available: {message}",
      cure: "Check the network and the model service, then submit it again.",
    },
  },
  model_request_rejected: {
    "zh-CN": {
      text: "codex exit code={exit}：模型拒绝了请求：{message}",
      cure: "检查 Codex 配置中的模型名称，或缩短任务。",
    },
    en: {
      text: "codex exit code={exit}: the model rejected the request: {message}",
      cure: "Check the model's name in Codex's configuration, or shorten the task.",
    },
  },
  executor_nonzero_exit: {
    "zh-CN": {
      text: "codex exit code={exit}",
      cure: "查看 result_text 中 Codex 的输出；常见原因是未登录或模型不可用（codex login status）。",
    },
    en: {
      text: "codex exit code={exit}",
      cure: "Read Codex's output in result_text; often it is not logged in or has no model (codex login status).",
    },
  },
  executor_start_failed: {
    "zh-CN": { text: "无法启动执行器：{reason}", cure: "修改任务内容或检查 Codex 安装后重新提交。" },
    en: { text: "The executor did not start: {reason}", cure: "Change the task or check the Codex installation." },
  },
  executor_not_available: {
    "zh-CN": { text: "未检测到 {bin}。", cure: "安装 Codex，或把 EXECUTOR_CODEX_BIN 设为它的完整路径，然后重新提交。" },
    en: {
      text: "{bin} was not found.",
      cure: "Install Codex or set EXECUTOR_CODEX_BIN to its path, then submit again.",
    },
  },
  executor_not_ready: {
    "zh-CN": {
      text: "模型服务在 {at} 拒绝了 Codex 的凭据，{seconds} 秒内不再尝试。",
      cure: "以服务用户身份运行 codex login，或检查密钥，然后重新提交。",
    },
    en: {
      text: "The model service refused Codex's credentials at {at}; it is not tried again within {seconds} seconds.",
      cure: "Run codex login as the service's user, or check the key, then submit it again.",
    },
  },
  interrupted: {
    "zh-CN": { text: "服务停止或重启，任务被中断，不会自动重跑。", cure: "确认它做了哪些改动，再决定是否重新提交。" },
    en: {
      text: "The service stopped while the job ran; it is not run again by itself.",
      cure: "See what it has already changed, then submit it again if wanted.",
    },
  },
  invalid_cwd: {
    "zh-CN": { text: "开始执行时 cwd 已不存在或不是目录: {cwd}", cure: "恢复该目录或换一个目录后重新提交。" },
    en: { text: "When the job's turn came, cwd was not a directory: {cwd}", cure: "Restore it or use another one." },
  },
  workdir_not_allowed: {
    "zh-CN": { text: "开始执行时 cwd 已不在允许范围内: {cwd}", cure: "检查该路径是否变成了符号链接，再重新提交。" },
    en: {
      text: "When the job's turn came, cwd led outside the allowed directories: {cwd}",
      cure: "See whether it has become a symbolic link, then submit again.",
    },
  },
  permission_deny: {
    "zh-CN": {
      text: "轮到执行时危险模式已被关闭，未执行。",
      cure: "去掉 allow_danger 重新提交；确实需要时设 EXECUTOR_ALLOW_DANGER=true 并重启服务。",
    },
    en: {
      text: "When the job's turn came, jobs without a sandbox had been switched off; it was not run.",
      cure: "Submit it again without allow_danger, or set EXECUTOR_ALLOW_DANGER=true and restart.",
    },
  },
  internal_error: {
    "zh-CN": { text: "服务内部错误。", cure: "用 trace_id 在 logs/backend 的日志中查找原因。" },
    en: { text: "An internal error.", cure: "Look for the trace_id in the logs under logs/backend." },
  },
};
