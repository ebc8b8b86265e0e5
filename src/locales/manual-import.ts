import type { ImportFault } from "@/models/manual-import.ts";
import type { SkipReason } from "@/models/view.ts";
import type { Locale } from "./locale.ts";

/** Why a document handed in on the models page was not taken, and what to do. `{detail}` is the key at fault. */
export const importFaultTexts: Record<ImportFault, Record<Locale, { text: string; cure: string }>> = {
  nothing_given: {
    "zh-CN": { text: "没有选择文件，也没有粘贴内容。", cure: "选择一个 JSON 文件，或把内容粘贴到文本框。" },
    en: { text: "No file was chosen and no text pasted.", cure: "Choose a JSON file, or paste its text." },
  },
  empty: {
    "zh-CN": { text: "内容为空。", cure: "AstrBot 可能正在写入该文件，请稍后重新选择。" },
    en: { text: "It is empty.", cure: "AstrBot may be writing the file: choose it again in a moment." },
  },
  not_json: {
    "zh-CN": { text: "不是完整有效的 JSON。", cure: "检查文件是否完整；不要只粘贴其中一段。" },
    en: { text: "It is not complete, valid JSON.", cure: "Check that the file is whole; a part of it will not do." },
  },
  too_large: {
    "zh-CN": { text: "超过 8 MiB。", cure: "请改用“一键拉取”，或只保留 provider 相关的部分。" },
    en: { text: "It is larger than 8 MiB.", cure: "Pull instead, or keep only what is about providers." },
  },
  wrong_shape: {
    "zh-CN": {
      text: "结构不符合预期（{detail}）。",
      cure: "需要 AstrBot 的 cmd_config.json、插件导出文件，或插件推送的 JSON。",
    },
    en: {
      text: "It is of an unexpected shape ({detail}).",
      cure: "Take AstrBot's cmd_config.json, the plugin's export, or the JSON that the plugin pushes.",
    },
  },
  no_provider: {
    "zh-CN": { text: "其中没有可用的 provider。", cure: "每条 provider 至少需要 id 和 model；跳过的条目见下方。" },
    en: {
      text: "It holds no usable provider.",
      cure: "Each needs at least an id and a model; those left out are below.",
    },
  },
  too_many: {
    "zh-CN": { text: "provider 太多，网页表单放不下。", cure: "请改用“一键拉取”或 /api/v1/models/import-astr。" },
    en: { text: "These are more providers than a form can carry.", cure: "Pull, or use /api/v1/models/import-astr." },
  },
  expired: {
    "zh-CN": { text: "预览已失效：服务重启过，或内容被改动。", cure: "重新选择文件并预览；没有写入任何内容。" },
    en: {
      text: "This preview is no longer valid: the service was restarted, or the form was altered.",
      cure: "Choose the file again; nothing was stored.",
    },
  },
};

/** Why a row was left out. */
export const skipReasonTexts: Record<SkipReason, Record<Locale, string>> = {
  not_an_object: { "zh-CN": "不是对象", en: "not an object" },
  disabled: { "zh-CN": "在 AstrBot 中已停用", en: "switched off in AstrBot" },
  missing: { "zh-CN": "缺少", en: "missing" },
  not_text: { "zh-CN": "不是文本", en: "not text" },
  bad_characters: { "zh-CN": "含有控制字符或无效字符", en: "with control or invalid characters" },
  too_long: { "zh-CN": "过长", en: "too long" },
};
