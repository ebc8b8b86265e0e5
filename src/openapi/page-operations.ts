import { type Operation, page, seeOther, toLogin } from "./operation.ts";

/** Pages that show jobs, and the login that they ask for. */
export const pageOperations: readonly Operation[] = [
  {
    id: "loginPage",
    method: "GET",
    path: "/web/login",
    access: "open",
    purpose: { "zh-CN": "登录页。", en: "The login." },
    replies: [page(), seeOther],
  },
  {
    id: "logIn",
    method: "POST",
    path: "/web/login",
    access: "form",
    purpose: { "zh-CN": "用后端 token 登录一次，之后凭 cookie。", en: "Takes the backend's token once, for a cookie." },
    replies: [seeOther, ...[403, 503].map(page)],
    errors: ["unsupported_media_type", "invalid_request"],
  },
  {
    id: "logOut",
    method: "POST",
    path: "/web/logout",
    access: "form",
    purpose: { "zh-CN": "退出登录，并断开它的实时连接。", en: "Ends the session and its live connections." },
    replies: [seeOther],
  },
  {
    id: "jobsPage",
    method: "GET",
    path: "/web/jobs",
    access: "member",
    purpose: { "zh-CN": "任务列表。", en: "The jobs." },
    replies: [page(), toLogin],
    query: { state: "Only jobs in this state.", before: "Only jobs older than this place in the list." },
  },
  {
    id: "watchJobs",
    method: "GET",
    path: "/web/jobs/live",
    access: "member",
    purpose: {
      "zh-CN": "任务列表的实时更新（server-sent events）。",
      en: "What changes in that list (server-sent events).",
    },
    replies: [{ status: 200, type: "text/event-stream" }, toLogin],
    errors: ["login_required", "streams_full"],
  },
  {
    id: "newJobPage",
    method: "GET",
    path: "/web/jobs/new",
    access: "member",
    purpose: { "zh-CN": "新任务表单。", en: "The form for a new job." },
    replies: [page(), toLogin],
    query: { resume: "The job whose thread is to be continued." },
  },
  {
    id: "submitFromPage",
    method: "POST",
    path: "/web/jobs",
    access: "form",
    purpose: { "zh-CN": "提交该表单。", en: "Submits that form." },
    replies: [seeOther, ...[400, 403, 404, 409, 413, 415, 422, 429, 503].map(page)],
  },
];
