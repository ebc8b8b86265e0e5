import type { ErrorCode } from "@/lib/errors.ts";
import type { Translated } from "@/locales/translate.ts";
import type * as replies from "./replies.ts";

export interface Reply {
  status: number | "default";
  /** undefined without a body. */
  type?: string;
  /** Its name in replies.ts. */
  schema?: keyof typeof replies;
  description?: string;
}

/** What the OpenAPI document and the docs page cannot read off a route. */
interface Description extends Translated {
  id: string;
  /** Without a token. */
  isOpen?: true;
  replies: readonly Reply[];
  /** Errors of the route, besides those of the common guards and of its validators. */
  errors?: readonly ErrorCode[];
  /** Query parameters without a validator. */
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  /** An example of the body. */
  body?: string;
  /** The answer is an event stream, which the docs page cannot show. */
  isStream?: true;
  /** Errors may come from the gateway, in its own format. */
  isRelay?: true;
}

export type Operation = Description & { method: "GET" | "POST"; path: string };

/** A route's path as OpenAPI writes it: `/jobs/:jobId` is `/jobs/{job_id}`. */
export const documentedPath = (path: string): string =>
  path.replace(/:(\w+)/g, (_, name: string) => `{${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}}`);

const json = (schema: keyof typeof replies): Reply => ({ status: 200, type: "application/json", schema });

const LOW_MEMORY = ["mem_heavy_reject", "mem_force_read_only"] as const;

/** Every route of the JSON API, with those for probes and scrapers; pages are not part of it. */
const described: Readonly<Record<`${Operation["method"]} /${string}`, Description>> = {
  "GET /healthz": {
    id: "isAlive",
    isOpen: true,
    "zh-CN": "进程活着。",
    en: "The process is alive.",
    replies: [json("Alive")],
  },
  "GET /readyz": {
    id: "isReady",
    isOpen: true,
    "zh-CN": "可以工作；否则 503 和一个词的原因。",
    en: "The service is ready; otherwise 503 and the reason in one word.",
    replies: [json("Alive"), { status: 503, type: "application/json", schema: "NotReady" }],
  },
  "GET /openapi.json": {
    id: "describeApiOpenly",
    isOpen: true,
    "zh-CN": "OpenAPI 描述。",
    en: "The OpenAPI description.",
    replies: [json("OpenApiDocument")],
  },
  "GET /api/v1/status": {
    id: "getStatus",
    "zh-CN":
      "服务、任务执行、执行器、网关探测、熔断器、内存和审计的状态。`?format=text` 给出可直接发到聊天中的纯文本。",
    en: "State of service, worker, executors, gateway probe, breaker, memory and audit; plain text for a chat with `?format=text`.",
    query: {
      format: "`text` for about twenty lines of plain text.",
      lang: "The language of that text, zh-CN or en; Accept-Language by default.",
    },
    replies: [json("StatusReply"), { status: 200, type: "text/plain" }],
  },
  "GET /api/v1/executors": {
    id: "getExecutors",
    "zh-CN": "三个执行器是否可用。",
    en: "The availability of the three executors.",
    replies: [json("ExecutorsReply")],
  },
  "GET /api/v1/models": {
    id: "listModels",
    "zh-CN": "已保存的 provider 元数据和最后同步；加 ?format=csv 得到表格文件。",
    en: "The stored provider metadata and the last sync; as a spreadsheet with ?format=csv.",
    replies: [json("ModelsReply"), { status: 200, type: "text/csv" }],
  },
  "GET /api/v1/models/history": {
    id: "listSyncs",
    "zh-CN": "每次同步新增、移除、变更了哪些 provider；用 ?limit= 和 ?before=<next_before> 翻页。",
    en: "The providers that each sync added, removed and changed; paged by ?limit= and ?before=<next_before>.",
    replies: [json("HistoryReply")],
  },
  "POST /api/v1/models/import-astr": {
    id: "importModels",
    "zh-CN": "用推送的 provider 列表替换已保存的；没有可用条目时原数据不变。",
    en: "Replaces the stored providers with the pushed list, unless it has no usable row.",
    body: '{"providers":[{"id":"openai/gpt-4o","model":"gpt-4o"}],"source":"plugin_push"}',
    replies: [json("ImportReply")],
    errors: ["astr_provider_empty", "mem_force_read_only"],
  },
  "POST /api/v1/models/pull-astr": {
    id: "pullModels",
    "zh-CN": "从 AstrBot 的配置或插件导出文件拉取 provider。",
    en: "Pulls the providers from AstrBot's configuration or the plugin's export.",
    replies: [json("PullReply"), { status: 400, type: "application/json", schema: "PullFailure" }],
    errors: LOW_MEMORY,
  },
  "POST /api/v1/responses": {
    id: "relayTurn",
    "zh-CN": "把 OpenResponses 请求中转给网关的 /v1/responses，原样返回 JSON 或 SSE；一次一轮，受熔断器和超时保护。",
    en: "Relays an OpenResponses request to the gateway's /v1/responses and returns its JSON or SSE; one turn at a time, protected by a circuit breaker.",
    body: '{"model":"openclaw:main","input":"hello"}',
    isRelay: true,
    replies: [
      { status: 200, type: "application/json", description: "The gateway's answer, unchanged." },
      { status: 200, type: "text/event-stream" },
      { status: "default", type: "application/json", description: "The gateway's own error, unchanged." },
    ],
    errors: [
      ...LOW_MEMORY,
      "unsupported_media_type",
      "too_busy",
      "relay_busy",
      "circuit_open",
      "gateway_token_refused",
      "gateway_unreachable",
      "gateway_timeout",
      "gateway_endpoint_missing",
      "gateway_starting",
      "gateway_unusable_answer",
    ],
  },
  "POST /api/v1/gateway/check": {
    id: "checkGateway",
    "zh-CN": "深度检查：真实调用一次模型，会消耗 token。",
    en: "Deep check: one real model turn, which costs tokens.",
    replies: [json("CheckReply")],
    errors: [...LOW_MEMORY, "relay_busy", "circuit_open", "gateway_token_refused"],
  },
  "POST /api/v1/executor/jobs": {
    id: "submitJob",
    "zh-CN": "提交一个 Codex 任务（L3 起；allow_danger 需要 L4），返回 job_id。",
    en: "Submits a Codex job (L3 or higher; allow_danger needs L4) and returns its job_id.",
    body: '{"task":"list the files here","cwd":"/root","permission_level":"L3"}',
    headers: { "Idempotency-Key": "A repeated request with the same key returns the same job." },
    replies: [json("JobAcceptedReply")],
    errors: [
      "permission_too_low",
      "danger_needs_l4",
      "danger_off",
      "executor_unsupported",
      "executor_not_available",
      "missing_task",
      "task_too_large",
      "invalid_cwd",
      "workdir_not_allowed",
      ...LOW_MEMORY,
      "queue_full",
      "idempotency_conflict",
      "idempotency_key_invalid",
      "resume_job_not_found",
      "resume_job_unfinished",
      "resume_thread_missing",
    ],
  },
  "GET /api/v1/executor/jobs": {
    id: "listJobs",
    "zh-CN": "任务列表，新的在前（state、limit、cursor）；或某次变化之后的全部变化（since）。",
    en: "Jobs, newest first (state, limit, cursor); or all changes after a given one (since).",
    replies: [json("JobsReply")],
  },
  "GET /api/v1/executor/jobs/{job_id}": {
    id: "getJob",
    "zh-CN": "一个任务的状态和结果；wait=30 等到它结束，最多 30 秒。",
    en: "State and result of one job; wait=30 waits up to 30 seconds for its end.",
    replies: [json("JobReply")],
    errors: ["job_not_found", "too_busy"],
  },
  "GET /api/v1/executor/jobs/{job_id}/events": {
    id: "followJob",
    isStream: true,
    "zh-CN": "任务进展的事件流（SSE），可用 Last-Event-ID 续读。",
    en: "Job events as server-sent events; resumable by Last-Event-ID.",
    headers: { "Last-Event-ID": "The id of the last event received; the stream continues after it." },
    replies: [
      {
        status: 200,
        type: "text/event-stream",
        description:
          "A `retry` takes the place of the one before it; an `item` is whatever else Codex reports, by its `item_type`. The last event is `end`.",
      },
    ],
    errors: ["job_not_found", "too_busy"],
  },
  "GET /api/v1/executor/jobs/{job_id}/log": {
    id: "readJobLog",
    "zh-CN": "任务日志（文本，支持 Range）。",
    en: "The job's log as text; supports Range.",
    headers: { Range: "A single byte range." },
    replies: [
      { status: 200, type: "text/plain" },
      { status: 206, type: "text/plain", description: "The requested range." },
      { status: 416, description: "The range is not satisfiable." },
    ],
    errors: ["job_not_found"],
  },
  "POST /api/v1/executor/jobs/{job_id}/cancel": {
    id: "cancelJob",
    "zh-CN": "取消一个任务；已结束的任务保持不变。",
    en: "Cancels a job; a finished job is left unchanged.",
    replies: [json("JobReply")],
    errors: ["job_not_found"],
  },
  "POST /api/v1/executor/resume": {
    id: "resumeJobs",
    "zh-CN": "不再等待额度或登录恢复，立即试一个排队任务；它成功后其余任务继续。",
    en: "Ends the wait for quota or login: the next queued job is tried now, and the others follow if it succeeds.",
    replies: [json("ResumeReply")],
    errors: ["mem_force_read_only"],
  },
  "GET /metrics": {
    id: "getMetrics",
    "zh-CN": "Prometheus 指标（文本格式）；仪表盘见 deploy/grafana-dashboard.json。",
    en: "Prometheus metrics in text format; dashboard: deploy/grafana-dashboard.json.",
    replies: [{ status: 200, type: "text/plain" }],
  },
  "GET /api/v1/openapi.json": {
    id: "describeApi",
    "zh-CN": "OpenAPI 3.1 描述（也在 /openapi.json）。",
    en: "The OpenAPI 3.1 description, also at /openapi.json.",
    replies: [json("OpenApiDocument")],
  },
};

/** The sections of the docs page, and the document's tags. */
export const groups = ["status", "gateway", "models", "jobs", "monitoring"] as const;

export const groupOf = (path: string): (typeof groups)[number] => {
  if (path.startsWith("/api/v1/models")) return "models";
  if (path.startsWith("/api/v1/executor")) return "jobs";
  if (/^\/api\/v1\/(?:responses|gateway)/.test(path)) return "gateway";
  return path === "/api/v1/status" ? "status" : "monitoring";
};

export const operations = Object.entries(described).map(([route, description]): Operation => {
  const [method, path] = route.split(" ") as [Operation["method"], string];
  return { method, path, ...description };
});
