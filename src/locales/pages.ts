import { auditTexts } from "./audit-page.ts";
import type { Translated } from "./locale.ts";
import { statusTexts } from "./status-page.ts";
import { createTranslator } from "./translator.ts";

const pageTexts = {
  ...statusTexts,
  ...auditTexts,

  brand: { "zh-CN": "OpenClaw Astr Backend", en: "OpenClaw Astr Backend" },
  skipToContent: { "zh-CN": "跳到正文", en: "Skip to content" },
  navigation: { "zh-CN": "页面", en: "Pages" },
  navStatus: { "zh-CN": "状态", en: "Status" },
  navJobs: { "zh-CN": "任务", en: "Jobs" },
  navModels: { "zh-CN": "模型同步", en: "Model sync" },
  navAudit: { "zh-CN": "审计", en: "Audit" },
  navApi: { "zh-CN": "接口", en: "API" },
  refresh: { "zh-CN": "刷新", en: "Refresh" },
  none: { "zh-CN": "无", en: "none" },
  unknown: { "zh-CN": "未知", en: "unknown" },
  never: { "zh-CN": "从未", en: "never" },
  asOf: { "zh-CN": "更新于", en: "As of" },

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
  modelSearchHint: { "zh-CN": "ID、模型、类型或地址", en: "Id, model, type or address" },
  modelCapability: { "zh-CN": "能力", en: "Capability" },
  allCapabilities: { "zh-CN": "全部能力", en: "Any capability" },
  modelMatches: { "zh-CN": "{matching} / {total} 条", en: "{matching} of {total}" },
  noMatches: { "zh-CN": "没有符合条件的模型", en: "No model matches" },
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
  openRoutes: { "zh-CN": "页面", en: "Pages" },
  loginAuth: { "zh-CN": "需登录", en: "Login" },
  noAuth: { "zh-CN": "无需认证", en: "No auth" },
} satisfies Record<string, Translated>;

export type PageTextKey = keyof typeof pageTexts;

export const translator = createTranslator(pageTexts);

export type Translate = ReturnType<typeof translator>;
