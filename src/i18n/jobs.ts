import type { Locale } from "./locale.ts";

/** Error codes of job records (contract A3), beside the API's codes for a directory that has gone or moved away. */
export const jobErrorCodes = [
  "canceled_by_user",
  "executor_timeout",
  "executor_nonzero_exit",
  "executor_start_failed",
  "executor_not_available",
  "interrupted",
  "invalid_cwd",
  "workdir_not_allowed",
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
  internal_error: {
    "zh-CN": { text: "服务内部错误。", cure: "用 trace_id 在 logs/backend 的日志中查找原因。" },
    en: { text: "An internal error.", cure: "Look for the trace_id in the logs under logs/backend." },
  },
};
