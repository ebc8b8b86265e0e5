import { fill, type Locale } from "./locale.ts";

/** One text in every language: leaving one out does not compile. */
export type Translated = Record<Locale, string>;

const pageTexts = {
  brand: { "zh-CN": "OpenClaw Astr Backend", en: "OpenClaw Astr Backend" },
  skipToContent: { "zh-CN": "跳到正文", en: "Skip to content" },
  navigation: { "zh-CN": "页面", en: "Pages" },
  navStatus: { "zh-CN": "状态", en: "Status" },
  navModels: { "zh-CN": "模型同步", en: "Model sync" },
  navApi: { "zh-CN": "接口", en: "API" },
  refresh: { "zh-CN": "刷新", en: "Refresh" },
  none: { "zh-CN": "无", en: "none" },
  unknown: { "zh-CN": "未知", en: "unknown" },
  never: { "zh-CN": "从未", en: "never" },
  asOf: { "zh-CN": "更新于", en: "As of" },

  allWell: { "zh-CN": "一切正常", en: "All is well" },
  allWellDetail: {
    "zh-CN": "网关可达，内存充足，执行器可用，审计正常。",
    en: "The gateway answers, memory is ample, the executor is ready, the audit log is written.",
  },
  severalProblems: { "zh-CN": "{count} 项需要留意", en: "{count} things need attention" },
  problems: { "zh-CN": "需要留意", en: "Needs attention" },
  cause: { "zh-CN": "原因", en: "Cause" },
  cure: { "zh-CN": "处理", en: "Cure" },
  command: { "zh-CN": "命令", en: "Command" },
  severityFault: { "zh-CN": "故障", en: "Fault" },
  severityWarning: { "zh-CN": "警告", en: "Warning" },
  severityNotice: { "zh-CN": "提示", en: "Notice" },

  gateway: { "zh-CN": "网关探测", en: "Gateway probe" },
  probeMessage: { "zh-CN": "探测信息", en: "Probe message" },
  probePending: { "zh-CN": "等待首次探测", en: "First check pending" },
  httpStatus: { "zh-CN": "HTTP 状态", en: "HTTP status" },
  latency: { "zh-CN": "延迟", en: "Latency" },
  checkedAt: { "zh-CN": "探测时间", en: "Checked" },
  sidecarVersion: { "zh-CN": "网关版本", en: "Gateway version" },
  versionFromGateway: { "zh-CN": "（网关自报）", en: "(as the gateway says)" },
  versionFromPin: { "zh-CN": "（按配置，未经网关确认）", en: "(as configured; the gateway does not say)" },
  deepCheckButton: { "zh-CN": "深度检查（真实调用模型）", en: "Deep check (calls the model)" },
  deepCheckCost: {
    "zh-CN":
      "向网关发起一轮真实对话，会消耗模型 token（包括智能体的整段系统提示词），通常数秒，最长为 RELAY_TOTAL_TIMEOUT_SECONDS。上面的探测不消耗 token。",
    en: "Runs one real turn and spends model tokens, the agent's whole system prompt among them; takes seconds, RELAY_TOTAL_TIMEOUT_SECONDS at most. The probe above spends none.",
  },
  deepCheckResult: { "zh-CN": "深度检查：", en: "Deep check: " },
  deepCheckOk: { "zh-CN": "模型已应答，用时 {seconds} 秒。", en: "the model answered in {seconds} s." },
  deepCheckFailed: {
    "zh-CN": "{cause}（HTTP {status}，{seconds} 秒）",
    en: "{cause} (HTTP {status}, {seconds} s)",
  },
  relay: { "zh-CN": "中转", en: "Relay" },
  relayBusy: { "zh-CN": "对话进行中", en: "In a turn" },
  relayIdle: { "zh-CN": "空闲", en: "Idle" },
  relayWaiting: { "zh-CN": "排队", en: "Waiting" },
  relayBackup: { "zh-CN": "备用网关", en: "Backup gateway" },
  lastTurn: { "zh-CN": "最近一轮", en: "Last turn" },
  lastTurnResult: { "zh-CN": "结果", en: "Result" },

  breaker: { "zh-CN": "熔断器", en: "Circuit breaker" },
  breakerClosed: { "zh-CN": "闭合", en: "Closed" },
  breakerOpen: { "zh-CN": "断开", en: "Open" },
  breakerHalfOpen: { "zh-CN": "半开", en: "Half open" },
  gatewayRequests: { "zh-CN": "网关请求", en: "Requests" },
  requestsPass: { "zh-CN": "正常放行", en: "pass" },
  requestsHeld: { "zh-CN": "暂停", en: "are held back" },
  requestsTrial: { "zh-CN": "只放行一次试探", en: "one trial, the rest wait" },
  consecutiveFailures: { "zh-CN": "连续失败", en: "Failures in a row" },
  nextTrial: { "zh-CN": "下次试探", en: "Next trial" },
  inSeconds: { "zh-CN": "{seconds} 秒后", en: "in {seconds} s" },
  openedAt: { "zh-CN": "断开时间", en: "Opened" },
  lastError: { "zh-CN": "最近错误", en: "Last error" },

  memory: { "zh-CN": "内存", en: "Memory" },
  memoryOpen: { "zh-CN": "充足", en: "Ample" },
  memoryHeavyRejected: { "zh-CN": "偏低", en: "Low" },
  memoryReadOnly: { "zh-CN": "不足", en: "Short" },
  memoryUnknown: { "zh-CN": "读取不到", en: "Unreadable" },
  refusedNow: { "zh-CN": "当前拒绝", en: "Refused now" },
  refusedHeavy: { "zh-CN": "新任务和模型拉取", en: "new jobs and pulls" },
  refusedWrites: { "zh-CN": "除取消外的全部写入", en: "all writes but cancel" },
  availableMemory: { "zh-CN": "可用内存", en: "Available" },
  heavyLine: { "zh-CN": "重任务线", en: "Heavy-work line" },
  readOnlyLine: { "zh-CN": "只读线", en: "Read-only line" },
  belowMib: { "zh-CN": "低于 {mib} MiB", en: "below {mib} MiB" },
  memoryChart: {
    "zh-CN": "可用内存 {available} MiB；{readOnly} MiB 以下只读，{heavy} MiB 以下拒绝重任务。",
    en: "{available} MiB available; read-only below {readOnly} MiB, heavy work refused below {heavy} MiB.",
  },

  worker: { "zh-CN": "任务执行", en: "Worker" },
  workerRunning: { "zh-CN": "运行中", en: "Running" },
  workerStopped: { "zh-CN": "未在运行", en: "Not running" },
  workerIdle: { "zh-CN": "空闲", en: "Idle" },
  queueSize: { "zh-CN": "排队任务", en: "Waiting jobs" },
  concurrency: { "zh-CN": "并发数", en: "Concurrency" },
  currentJob: { "zh-CN": "当前任务", en: "Current job" },

  executors: { "zh-CN": "执行器", en: "Executors" },
  executor: { "zh-CN": "名称", en: "Name" },
  state: { "zh-CN": "状态", en: "State" },
  path: { "zh-CN": "路径", en: "Path" },
  reason: { "zh-CN": "说明", en: "Reason" },
  executorReady: { "zh-CN": "可用", en: "Ready" },
  executorMissing: { "zh-CN": "未找到", en: "Not found" },
  executorDisabled: { "zh-CN": "未启用", en: "Not enabled" },

  audit: { "zh-CN": "审计日志", en: "Audit log" },
  auditOk: { "zh-CN": "写入正常", en: "Writing" },
  auditFailing: { "zh-CN": "写入失败", en: "Write failing" },
  failedWrites: { "zh-CN": "失败次数", en: "Failed writes" },

  service: { "zh-CN": "服务", en: "Service" },
  name: { "zh-CN": "名称", en: "Name" },
  version: { "zh-CN": "版本", en: "Version" },
  serviceTime: { "zh-CN": "服务时间", en: "Service time" },
  bind: { "zh-CN": "监听地址", en: "Bind" },
  uptime: { "zh-CN": "已运行", en: "Uptime" },
  apiToken: { "zh-CN": "API token", en: "API token" },
  tokenConfigured: { "zh-CN": "已配置", en: "Configured" },
  tokenMissing: { "zh-CN": "未配置", en: "Not configured" },

  lastSync: { "zh-CN": "最后同步", en: "Last sync" },
  neverSynced: { "zh-CN": "尚未同步", en: "Never synced" },
  synced: { "zh-CN": "已同步", en: "Synced" },
  importedAt: { "zh-CN": "时间", en: "Time" },
  source: { "zh-CN": "来源", en: "Source" },
  providerCount: { "zh-CN": "provider 数", en: "Providers" },
  traceId: { "zh-CN": "trace_id", en: "trace_id" },
  openModels: { "zh-CN": "打开模型同步页", en: "Open model sync" },

  modelsHeading: { "zh-CN": "模型同步页", en: "Model sync" },
  pullHeading: { "zh-CN": "从 AstrBot 拉取", en: "Pull from AstrBot" },
  pullButton: { "zh-CN": "一键拉取 Astr 配置", en: "Pull the AstrBot configuration" },
  pullExplanation: {
    "zh-CN": "优先读取 Astr cmd_config，失败自动回退插件导出文件。",
    en: "Reads AstrBot's cmd_config first and falls back to the plugin's export file.",
  },
  metadataOnly: {
    "zh-CN": "仅保存 provider 元数据，不保存 API Key/Token。",
    en: "Only provider metadata is stored; no API key or token.",
  },
  pullSucceeded: {
    "zh-CN": "一键拉取成功：source={source}， provider_count={count}。",
    en: "Pull succeeded: source={source}, provider_count={count}.",
  },
  pullFailed: {
    "zh-CN": "一键拉取失败：error_code={code}， reason={reason}。",
    en: "Pull failed: error_code={code}, reason={reason}.",
  },
  models: { "zh-CN": "模型", en: "Models" },
  modelCount: { "zh-CN": "共 {count} 条", en: "{count} in all" },
  noModels: { "zh-CN": "还没有模型数据", en: "No models yet" },
  noModelsCure: {
    "zh-CN": "点击上方的“一键拉取 Astr 配置”，或在 AstrBot 聊天中让插件推送一次 provider 列表。",
    en: "Press “Pull the AstrBot configuration” above, or let the AstrBot plugin push its provider list once.",
  },

  modelSearch: { "zh-CN": "搜索模型", en: "Search models" },
  search: { "zh-CN": "搜索", en: "Search" },
  clearSearch: { "zh-CN": "清除", en: "Clear" },
  modelMatches: { "zh-CN": "“{text}”：{matching} / {total} 条", en: "“{text}”: {matching} of {total}" },
  noMatches: { "zh-CN": "没有匹配“{text}”的模型", en: "No model matches “{text}”" },
  pageOf: { "zh-CN": "第 {page} / {pages} 页", en: "Page {page} of {pages}" },
  previousPage: { "zh-CN": "上一页", en: "Previous" },
  nextPage: { "zh-CN": "下一页", en: "Next" },
  defaultModel: { "zh-CN": "默认", en: "Default" },
  disabledModel: { "zh-CN": "已停用", en: "Off" },
  yes: { "zh-CN": "是", en: "yes" },
  no: { "zh-CN": "否", en: "no" },

  drift: { "zh-CN": "AstrBot 文件", en: "AstrBot's file" },
  driftUnchanged: { "zh-CN": "同步后未变", en: "Unchanged since" },
  driftChanged: { "zh-CN": "同步后已变", en: "Changed since" },
  driftMissing: { "zh-CN": "不存在", en: "Not there" },
  driftUnreadable: { "zh-CN": "无法读取", en: "Unreadable" },
  modifiedAt: { "zh-CN": "文件修改时间", en: "File modified" },
  defaultProvider: { "zh-CN": "AstrBot 默认模型", en: "AstrBot's default" },
  defaultGone: { "zh-CN": "（不在列表中）", en: "(not in the list)" },
  notNamed: { "zh-CN": "来源未说明", en: "not named by the source" },

  importHeading: { "zh-CN": "手动导入", en: "Import by hand" },
  importExplanation: {
    "zh-CN": "选择 AstrBot 的 cmd_config.json 或插件导出文件，或粘贴其内容。先预览改动，确认后才保存。",
    en: "Choose AstrBot's cmd_config.json or the plugin's export, or paste its text. You see what would change before anything is stored.",
  },
  importFile: { "zh-CN": "JSON 文件（不超过 8 MiB）", en: "JSON file (at most 8 MiB)" },
  importText: { "zh-CN": "或粘贴 JSON", en: "Or paste JSON" },
  importPreview: { "zh-CN": "预览改动", en: "Preview the changes" },
  importRefused: { "zh-CN": "未导入：{text}", en: "Not imported: {text}" },
  importStored: {
    "zh-CN": "导入成功：provider_count={count}。",
    en: "Imported: provider_count={count}.",
  },
  previewHeading: { "zh-CN": "导入预览", en: "Import preview" },
  previewNothingStored: { "zh-CN": "尚未保存任何内容。", en: "Nothing has been stored yet." },
  previewOutdated: {
    "zh-CN": "预览之后已有其他同步写入，以下是与现在相比的改动，请再次确认。",
    en: "Other models were stored since you last looked. Below is what would change now; please confirm again.",
  },
  previewSummary: { "zh-CN": "导入后共 {count} 条", en: "{count} providers after the import" },
  previewNoChange: {
    "zh-CN": "与已保存的完全相同，无需导入。",
    en: "All of this is stored already: there is nothing to do.",
  },
  importConfirm: { "zh-CN": "确认导入", en: "Import these" },
  importCancel: { "zh-CN": "取消", en: "Cancel" },
  added: { "zh-CN": "新增", en: "Added" },
  removed: { "zh-CN": "移除", en: "Removed" },
  changed: { "zh-CN": "变更", en: "Changed" },
  skippedRows: { "zh-CN": "跳过", en: "Left out" },
  andMore: { "zh-CN": "另有 {count} 条", en: "and {count} more" },
  rowNumber: { "zh-CN": "第 {number} 行", en: "row {number}" },

  history: { "zh-CN": "同步历史", en: "Sync history" },
  historyUnchanged: { "zh-CN": "无变化", en: "no change" },
  historyUnknown: { "zh-CN": "未记录", en: "not recorded" },

  apiHeading: { "zh-CN": "接口", en: "API" },
  apiIntroduction: {
    "zh-CN": "带 Bearer 的接口需要请求头 `Authorization: Bearer <BACKEND_API_TOKEN>`，token 在 `.env` 中。",
    en: "Routes marked Bearer need the header `Authorization: Bearer <BACKEND_API_TOKEN>`; the token is in `.env`.",
  },
  apiEnvelope: {
    "zh-CN":
      "成功应答为 `ok`、`trace_id` 和各接口自己的字段；失败应答为 `ok`、`trace_id`、`error_code`、`error`、`hint`。机器可读的描述见",
    en: "Answers hold `ok`, `trace_id` and the route's own keys; errors hold `ok`, `trace_id`, `error_code`, `error` and `hint`. For machines there is",
  },
  apiRoutes: { "zh-CN": "API（需要 token）", en: "API (token needed)" },
  openRoutes: { "zh-CN": "页面（无需 token）", en: "Pages (no token)" },
  noAuth: { "zh-CN": "无需认证", en: "No auth" },
} satisfies Record<string, Translated>;

export type PageTextKey = keyof typeof pageTexts;

/** Looks a text up and fills its `{name}` placeholders. */
export type Translate = (key: PageTextKey, values?: Readonly<Record<string, string | number>>) => string;

export const translator =
  (locale: Locale): Translate =>
  (key, values = {}) =>
    fill(pageTexts[key][locale], values);
