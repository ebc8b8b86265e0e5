import type { AuditOutcome } from "@/audit/entry.ts";
import type { Translated } from "./locale.ts";

/** The words of the audit page. */
export const auditTexts = {
  auditHeading: { "zh-CN": "审计记录", en: "Audit records" },
  auditIntroduction: {
    "zh-CN": "谁让服务做了什么、被拒绝了什么，最新的在前。来自审计日志文件的末尾。",
    en: "What the service did and what it refused, the newest first, from the end of the audit log.",
  },
  auditAction: { "zh-CN": "操作", en: "Action" },
  auditOutcome: { "zh-CN": "结果", en: "Outcome" },
  auditAll: { "zh-CN": "全部", en: "All" },
  auditFilter: { "zh-CN": "筛选", en: "Filter" },
  auditNone: { "zh-CN": "没有记录", en: "No records" },
  auditNoneYet: {
    "zh-CN": "提交任务、拉取模型或拒绝请求后，这里会出现记录。",
    en: "Records appear once a job is submitted, models are pulled or a request is refused.",
  },
  auditNoMatch: { "zh-CN": "这一段日志中没有符合条件的记录", en: "No record in this part of the log matches" },
  auditOlder: { "zh-CN": "更早的记录", en: "Older records" },
  auditNewest: { "zh-CN": "回到最新", en: "Back to the newest" },
  auditJob: { "zh-CN": "任务", en: "Job" },
  auditReason: { "zh-CN": "依据", en: "Decided by" },
  auditParams: { "zh-CN": "参数", en: "Parameters" },
  auditUnreadable: {
    "zh-CN": "无法读取的一行（{bytes} 字节）：不是审计记录，或没有写完。",
    en: "A line that cannot be read ({bytes} bytes): no audit record, or not written to its end.",
  },
} satisfies Record<string, Translated>;

export const auditOutcomeTexts: Record<AuditOutcome, Translated> = {
  done: { "zh-CN": "已执行", en: "Done" },
  denied: { "zh-CN": "失败或被拒绝", en: "Failed or refused" },
};

/** The actions that the service records; one that is missing here is shown by its code. */
export const auditActionTexts: Readonly<Record<string, Translated>> = {
  backend_exec_job: { "zh-CN": "任务", en: "Job" },
  cancel_backend_exec_job: { "zh-CN": "取消任务", en: "Cancel a job" },
  pull_astr_models: { "zh-CN": "拉取模型（接口）", en: "Pull models (API)" },
  pull_astr_models_web: { "zh-CN": "拉取模型（页面）", en: "Pull models (page)" },
  import_astr_models: { "zh-CN": "插件推送模型", en: "Models pushed by the plugin" },
  import_astr_models_web: { "zh-CN": "手动导入模型", en: "Models imported by hand" },
  relay: { "zh-CN": "对话中转", en: "Relayed turn" },
  deep_check: { "zh-CN": "深度检查", en: "Deep check" },
  breaker: { "zh-CN": "熔断器", en: "Circuit breaker" },
  request: { "zh-CN": "其他请求", en: "Other request" },
};

/** How an action came out, in the words of the log; one that is missing here is shown as it stands. */
export const auditStatusTexts: Readonly<Record<string, Translated>> = {
  ok: { "zh-CN": "成功", en: "ok" },
  queued: { "zh-CN": "已提交", en: "queued" },
  running: { "zh-CN": "运行中", en: "running" },
  succeeded: { "zh-CN": "成功", en: "succeeded" },
  completed: { "zh-CN": "完成", en: "completed" },
  failed: { "zh-CN": "失败", en: "failed" },
  canceled: { "zh-CN": "已取消", en: "canceled" },
  aborted: { "zh-CN": "中断", en: "aborted" },
  refused: { "zh-CN": "被拒绝", en: "refused" },
  open: { "zh-CN": "断开", en: "open" },
  half_open: { "zh-CN": "半开", en: "half open" },
  closed: { "zh-CN": "闭合", en: "closed" },
};
