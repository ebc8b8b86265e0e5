import type { Translated } from "./locale.ts";
import { createTranslator } from "./translator.ts";

const sessionTexts = {
  logIn: { "zh-CN": "登录", en: "Log in" },
  logOut: { "zh-CN": "退出登录", en: "Log out" },
  heading: { "zh-CN": "登录", en: "Log in" },
  explanation: {
    "zh-CN": "查看任务内容和执行操作需要登录。请输入 `.env` 中的 `BACKEND_API_TOKEN`。",
    en: "Job contents and anything that changes something need a login. Enter `BACKEND_API_TOKEN` from `.env`.",
  },
  token: { "zh-CN": "后端 token", en: "Backend token" },
  whereToFind: {
    "zh-CN": "在服务所在主机的项目目录中查看：",
    en: "To see it, in the project's folder on the host:",
  },
  lifetime: {
    "zh-CN": "12 小时未使用、满 7 天或服务重启后需重新登录。",
    en: "A login lasts 7 days, 12 hours without use, or until the service restarts.",
  },
  wrong: {
    "zh-CN": "token 不正确。请核对 `.env` 中的 `BACKEND_API_TOKEN`，注意不要多复制空格或引号。",
    en: "That is not the token. Compare it with `BACKEND_API_TOKEN` in `.env`; mind blanks and quotes.",
  },
  live: { "zh-CN": "实时", en: "Live" },
  lost: { "zh-CN": "实时更新中断，正在重连", en: "Not live: reconnecting" },
  complete: { "zh-CN": "已结束", en: "Complete" },
  errorHeading: { "zh-CN": "无法完成", en: "That did not work" },
  goBack: { "zh-CN": "返回", en: "Back" },
  traceId: { "zh-CN": "追踪编号", en: "Trace id" },
} satisfies Record<string, Translated>;

export const sessionTranslator = createTranslator(sessionTexts);
