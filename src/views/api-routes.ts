import type { Translated } from "@/i18n/locale.ts";

export interface ApiRoute {
  method: "GET" | "POST";
  path: string;
  purpose: Translated;
  /** What the example sends, when the route takes a body. */
  body?: string;
}

/** The routes that take the Bearer token. */
export const apiRoutes: readonly ApiRoute[] = [
  {
    method: "GET",
    path: "/api/v1/status",
    purpose: {
      "zh-CN":
        "服务、任务执行、执行器、网关探测、熔断器、内存和审计的状态。`?format=text` 给出可直接发到聊天中的纯文本。",
      en: "State of service, worker, executors, gateway probe, breaker, memory and audit; as plain text for a chat with `?format=text`.",
    },
  },
  {
    method: "GET",
    path: "/api/v1/executors",
    purpose: { "zh-CN": "三个执行器是否可用。", en: "Which of the three executors can be used." },
  },
  {
    method: "GET",
    path: "/api/v1/models",
    purpose: {
      "zh-CN": "已保存的 provider 元数据和最后同步；加 ?format=csv 得到表格文件。",
      en: "The stored provider metadata and the last sync; a spreadsheet file with ?format=csv.",
    },
  },
  {
    method: "GET",
    path: "/api/v1/models/history",
    purpose: {
      "zh-CN": "每次同步新增、移除、变更了哪些 provider；用 ?limit= 和 ?before=<next_before> 翻页。",
      en: "What each sync added, removed and changed; paged by ?limit= and ?before=<next_before>.",
    },
  },
  {
    method: "POST",
    path: "/api/v1/models/import-astr",
    purpose: {
      "zh-CN": "用推送的 provider 列表替换已保存的；没有可用条目时原数据不变。",
      en: "Replaces the stored providers by the pushed list; without a usable row the stored ones stay.",
    },
    body: '{"providers":[{"id":"openai/gpt-4o","model":"gpt-4o"}],"source":"plugin_push"}',
  },
  {
    method: "POST",
    path: "/api/v1/models/pull-astr",
    purpose: {
      "zh-CN": "从 AstrBot 的配置或插件导出文件拉取 provider。",
      en: "Pulls the providers from AstrBot's configuration or the plugin's export.",
    },
  },
  {
    method: "POST",
    path: "/api/v1/responses",
    purpose: {
      "zh-CN": "把 OpenResponses 请求中转给网关的 /v1/responses，原样返回 JSON 或 SSE；一次一轮，受熔断器和超时保护。",
      en: "Relays an OpenResponses request to the gateway's /v1/responses and its JSON or SSE back; one turn at a time, behind the breaker.",
    },
    body: '{"model":"openclaw:main","input":"hello"}',
  },
  {
    method: "POST",
    path: "/api/v1/gateway/check",
    purpose: {
      "zh-CN": "深度检查：真实调用一次模型，会消耗 token。",
      en: "A deep check: one real turn of the model, which costs tokens.",
    },
  },
  {
    method: "POST",
    path: "/api/v1/executor/jobs",
    purpose: {
      "zh-CN": "提交一个 Codex 任务（L3 起；allow_danger 需要 L4），返回 job_id。",
      en: "Submits a Codex job (from L3; allow_danger takes L4) and returns its job_id.",
    },
    body: '{"task":"list the files here","cwd":"/root","permission_level":"L3"}',
  },
  {
    method: "GET",
    path: "/api/v1/executor/jobs",
    purpose: {
      "zh-CN": "任务列表，新的在前（state、limit、cursor）；或某次变化之后的全部变化（since）。",
      en: "Jobs, newest first (state, limit, cursor); or every change after a given one (since).",
    },
  },
  {
    method: "GET",
    path: "/api/v1/executor/jobs/{job_id}",
    purpose: {
      "zh-CN": "一个任务的状态和结果；wait=30 等到它结束，最多 30 秒。",
      en: "State and result of one job; wait=30 waits for its end, 30 seconds at most.",
    },
  },
  {
    method: "GET",
    path: "/api/v1/executor/jobs/{job_id}/events",
    purpose: {
      "zh-CN": "任务进展的事件流（SSE），可用 Last-Event-ID 续读。",
      en: "What happens in a job, as server-sent events; resumable by Last-Event-ID.",
    },
  },
  {
    method: "GET",
    path: "/api/v1/executor/jobs/{job_id}/log",
    purpose: { "zh-CN": "任务日志（文本，支持 Range）。", en: "A job's log as text; takes a Range." },
  },
  {
    method: "POST",
    path: "/api/v1/executor/jobs/{job_id}/cancel",
    purpose: {
      "zh-CN": "取消一个任务；已结束的任务保持不变。",
      en: "Cancels a job; one that has ended stays as it is.",
    },
  },
];

/** The routes that take no token. */
export const openRoutes: readonly ApiRoute[] = [
  { method: "GET", path: "/web/status", purpose: { "zh-CN": "状态页，也是首页。", en: "The status page, also at /." } },
  { method: "GET", path: "/web/models", purpose: { "zh-CN": "模型同步页。", en: "The model sync page." } },
  {
    method: "POST",
    path: "/web/models/pull-astr",
    purpose: {
      "zh-CN": "页面上的一键拉取；只接受本服务页面发出的请求。",
      en: "The pull button of that page; taken from our own pages only.",
    },
  },
  {
    method: "POST",
    path: "/web/models/import",
    purpose: {
      "zh-CN": "手动导入的预览（multipart 表单：file 或 text）；只接受本服务页面发出的请求。",
      en: "Preview of an import by hand (multipart form: file or text); taken from our own pages only.",
    },
  },
  {
    method: "POST",
    path: "/web/models/import/confirm",
    purpose: { "zh-CN": "保存刚才预览的内容。", en: "Stores what was previewed." },
  },
  {
    method: "POST",
    path: "/web/gateway/check",
    purpose: {
      "zh-CN": "状态页上的深度检查，消耗模型 token；只接受本服务页面发出的请求。",
      en: "The status page's deep check, which costs tokens; taken from our own pages only.",
    },
  },
  { method: "GET", path: "/openapi.json", purpose: { "zh-CN": "OpenAPI 描述。", en: "The OpenAPI description." } },
];

/** A command that can be pasted as it is, once `BACKEND_API_TOKEN` is set in the shell. */
export const curlOf = ({ method, path, body }: ApiRoute, origin: string): string =>
  [
    `curl -s${method === "POST" ? " -X POST" : ""} '${origin}${path}'`,
    `-H "Authorization: Bearer $BACKEND_API_TOKEN"`,
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d '${body}'`]),
  ].join(" \\\n  ");
