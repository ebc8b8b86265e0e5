import type { ProbeErrorType } from "@/gateway/view.ts";
import type { Translated } from "./locale.ts";

/** What the status says in a chat. `{name}` takes a value. */
export const chatTexts = {
  allWell: { "zh-CN": "一切正常", en: "All is well" },
  withNotices: { "zh-CN": "一切正常，{count} 条提示", en: "All is well; {count} to note" },
  fault: { "zh-CN": "故障：{title}", en: "Fault: {title}" },
  warning: { "zh-CN": "警告：{title}", en: "Warning: {title}" },
  notice: { "zh-CN": "提示：{title}", en: "Note: {title}" },
  cause: { "zh-CN": "原因：{text}", en: "Cause: {text}" },
  cure: { "zh-CN": "处理：{text}", en: "Cure: {text}" },
  command: { "zh-CN": "命令：{text}", en: "Run: {text}" },
  further: { "zh-CN": "另有 {count} 项，见状态页", en: "{count} more on the status page" },

  gatewayUnchecked: { "zh-CN": "网关：尚未探测", en: "Gateway: not checked yet" },
  gatewayOk: { "zh-CN": "网关：正常，{latency} ms，{age}前", en: "Gateway: ok, {latency} ms, {age} ago" },
  gatewayFailed: { "zh-CN": "网关：{class}，{age}前", en: "Gateway: {class}, {age} ago" },
  breakerOpen: { "zh-CN": "熔断器：断开，{seconds} 秒后试探", en: "Breaker: open, next trial in {seconds} s" },
  breakerHalfOpen: { "zh-CN": "熔断器：正在试探", en: "Breaker: trying" },
  memory: { "zh-CN": "内存：可用 {available} MiB，{gate}", en: "Memory: {available} MiB available, {gate}" },
  memoryUnknown: { "zh-CN": "内存：读取不到", en: "Memory: unreadable" },
  idle: { "zh-CN": "任务：空闲，排队 {queued}", en: "Jobs: idle, {queued} waiting" },
  running: {
    "zh-CN": "任务：{id} 运行中（{age}），排队 {queued}",
    en: "Jobs: {id} running ({age}), {queued} waiting",
  },
  stopped: { "zh-CN": "任务：未运行，排队 {queued}", en: "Jobs: stopped, {queued} waiting" },
  codex: { "zh-CN": "Codex：{version}，{login}，{sandbox}", en: "Codex: {version}, {login}, {sandbox}" },
  codexMissing: { "zh-CN": "Codex：未找到", en: "Codex: not found" },
  models: { "zh-CN": "模型：{count} 个，{age}前同步，{drift}", en: "Models: {count}, synced {age} ago, {drift}" },
  modelsNever: { "zh-CN": "模型：从未同步", en: "Models: never synced" },
  auditOk: { "zh-CN": "审计：正常", en: "Audit: ok" },
  auditFailing: { "zh-CN": "审计：写入失败 {count} 次", en: "Audit: {count} writes failed" },
  versions: { "zh-CN": "版本：{release}，网关 {sidecar}", en: "Version: {release}, gateway {sidecar}" },
  uptime: { "zh-CN": "已运行 {age}", en: "Up {age}" },
} satisfies Record<string, Translated>;

/** The contract's classes in words; the code stands beside them where it matters. */
export const gatewayClassTexts: Record<ProbeErrorType, Translated> = {
  "": { "zh-CN": "正常", en: "ok" },
  auth_failed: { "zh-CN": "token 被拒", en: "token refused" },
  responses_endpoint_not_enabled_or_not_found: { "zh-CN": "接口未启用", en: "endpoint missing" },
  network_or_unreachable: { "zh-CN": "无法连接", en: "unreachable" },
  unknown: { "zh-CN": "应答异常", en: "odd answer" },
};

export const memoryGateTexts = {
  open: { "zh-CN": "全部放行", en: "nothing refused" },
  heavy_rejected: { "zh-CN": "暂不接受新任务和拉取", en: "new jobs and pulls refused" },
  read_only: { "zh-CN": "只读", en: "read-only" },
  unknown: { "zh-CN": "未知", en: "unknown" },
} satisfies Record<string, Translated>;

/** Answers that Codex may or may not have given. */
export const codexAnswerTexts = {
  version: { null: { "zh-CN": "版本未知", en: "version unknown" } },
  login: {
    true: { "zh-CN": "已登录", en: "logged in" },
    false: { "zh-CN": "未登录", en: "not logged in" },
    null: { "zh-CN": "登录未知", en: "login unknown" },
  },
  sandbox: {
    true: { "zh-CN": "沙箱可用", en: "sandbox works" },
    false: { "zh-CN": "沙箱不可用", en: "no sandbox" },
    null: { "zh-CN": "沙箱未知", en: "sandbox unknown" },
  },
} satisfies Record<string, Record<string, Translated>>;

export const driftTexts = {
  never_synced: { "zh-CN": "从未同步", en: "never synced" },
  unchanged: { "zh-CN": "AstrBot 文件未变", en: "file unchanged since" },
  changed: { "zh-CN": "AstrBot 文件已变", en: "file changed since" },
  missing: { "zh-CN": "AstrBot 文件不存在", en: "file not there" },
  unreadable: { "zh-CN": "AstrBot 文件无法读取", en: "file unreadable" },
} satisfies Record<string, Translated>;
