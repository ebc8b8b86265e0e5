import type { PullErrorCode, SourceFault } from "@/models/view.ts";
import type { Locale } from "./locale.ts";

interface PullErrorText {
  text: string;
  cure: string;
}

/** Why a pull failed, first as the predecessor worded it. */
export const pullTexts: Record<PullErrorCode, Record<Locale, PullErrorText>> = {
  astr_config_not_found: {
    "zh-CN": {
      text: "Astr 配置文件不存在: {path}",
      cure: "把 ASTRBOT_CMD_CONFIG_PATH 设为 AstrBot 的 data/cmd_config.json 的完整路径，然后重启服务。",
    },
    en: {
      text: "AstrBot's configuration file does not exist: {path}",
      cure: "Set ASTRBOT_CMD_CONFIG_PATH to the full path of AstrBot's data/cmd_config.json and restart.",
    },
  },
  astr_config_parse_failed: {
    "zh-CN": { text: "Astr 配置解析失败: {fault}", cure: "检查该文件能否被服务读取、内容是否完整，然后重新拉取。" },
    en: {
      text: "AstrBot's configuration could not be read: {fault}",
      cure: "Check that the service may read the file and that it is complete, then pull again.",
    },
  },
  plugin_export_not_found: {
    "zh-CN": {
      text: "插件导出文件不存在: {path}",
      cure: "先在 AstrBot 插件中导出，或把 ASTRBOT_PLUGIN_EXPORT_PATH 设为导出文件的完整路径。",
    },
    en: {
      text: "The plugin's export file does not exist: {path}",
      cure: "Export from the AstrBot plugin first, or set ASTRBOT_PLUGIN_EXPORT_PATH to the file's full path.",
    },
  },
  plugin_export_parse_failed: {
    "zh-CN": { text: "插件导出文件解析失败: {fault}", cure: "在 AstrBot 插件中重新导出，然后重新拉取。" },
    en: {
      text: "The plugin's export file could not be read: {fault}",
      cure: "Export from the AstrBot plugin again, then pull again.",
    },
  },
  astr_provider_empty: {
    "zh-CN": {
      text: "Astr 配置中没有可用 provider 元数据。",
      cure: "在 AstrBot 中添加并启用模型；跳过的条目及原因见 skipped。",
    },
    en: {
      text: "AstrBot's configuration holds no usable provider.",
      cure: "Add and enable a model in AstrBot; skipped names the rows left out and why.",
    },
  },
  pull_all_sources_failed: {
    "zh-CN": { text: "{failures}", cure: "两个来源至少修复一个，然后重新拉取；原有数据保持不变。" },
    en: { text: "{failures}", cure: "Mend one of the two sources and pull again; the stored models stay." },
  },
};

/** What was found. Never the parser's own message, which may quote a key. */
export const faultTexts: Record<SourceFault, Record<Locale, string>> = {
  missing: { "zh-CN": "文件不存在: {path}", en: "there is no such file: {path}" },
  dangling_link: { "zh-CN": "（这是一个链接，它指向的文件不存在）", en: " (a link whose target does not exist)" },
  directory: { "zh-CN": "这是目录，不是文件: {path}", en: "a directory, not a file: {path}" },
  fifo: { "zh-CN": "这是命名管道 (FIFO)，不是文件: {path}", en: "a named pipe (FIFO), not a file: {path}" },
  socket: { "zh-CN": "这是套接字，不是文件: {path}", en: "a socket, not a file: {path}" },
  device: { "zh-CN": "这是设备，不是文件: {path}", en: "a device, not a file: {path}" },
  unreadable: { "zh-CN": "无法读取 ({detail}): {path}", en: "cannot be read ({detail}): {path}" },
  too_large: { "zh-CN": "文件超过 8 MiB: {path}", en: "larger than 8 MiB: {path}" },
  empty: { "zh-CN": "文件为空: {path}", en: "the file is empty: {path}" },
  not_text: { "zh-CN": "不是 UTF-8 文本: {path}", en: "not UTF-8 text: {path}" },
  not_json: { "zh-CN": "不是完整有效的 JSON: {path}", en: "not complete, valid JSON: {path}" },
  wrong_shape: { "zh-CN": "结构不符合预期 ({detail}): {path}", en: "of an unexpected shape ({detail}): {path}" },
  no_provider: { "zh-CN": "没有可用的 provider: {path}", en: "it holds no usable provider: {path}" },
};
