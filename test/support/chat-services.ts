import { createHmac } from "node:crypto";

/** What a service got, and what it answers. */
interface Posted {
  url: URL;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a service reads of a body, it checks.
  json: any;
  nowMs: number;
}

export const SECRET = "SEC0123456789abcdef";
export const KEY = "693a91f6-7f4b-4bc4-97a0-0ec2sifa5aaa";
export const BARK_KEY = "ynJ5Ft4atkMkWeo2PAvFhF";
export const BOT_TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0";

const sign = (key: string, text: string) => createHmac("sha256", key).update(text).digest("base64");
const bytesOf = (value: unknown) => Buffer.byteLength(typeof value === "string" ? value : JSON.stringify(value));
const HOUR_MS = 3_600_000;

/** Each checks a request as its service's public documentation describes it. */
export const chatServices: Record<string, (posted: Posted) => Response> = {
  // developer.work.weixin.qq.com/document/path/91770 (群机器人配置说明); codes: path/90313 (全局错误码).
  wecom({ url, json }) {
    if (url.pathname !== "/cgi-bin/webhook/send") return new Response("404", { status: 404 });
    const refused = (errcode: number, errmsg: string) =>
      Response.json({ errcode, errmsg: `${errmsg}, hint: [1755605200], from ip: 192.0.2.1` });
    if (url.searchParams.get("key") !== KEY) return refused(93000, "invalid webhook url");
    if (json?.msgtype !== "text" || typeof json.text?.content !== "string")
      return refused(40008, "invalid message type");
    if (bytesOf(json.text.content) > 2048) return refused(40058, "text.content exceed max length 2048");
    return Response.json({ errcode: 0, errmsg: "ok" });
  },

  // open.feishu.cn/document/client-docs/bot-v3/add-custom-bot (自定义机器人使用指南).
  feishu({ url, json, text, nowMs }) {
    const refused = (code: number, msg: string) => Response.json({ code, data: {}, msg });
    if (url.pathname !== `/open-apis/bot/v2/hook/${KEY}`)
      return refused(19001, "param invalid: incoming webhook access token invalid");
    if (bytesOf(text) > 20 * 1024 || json?.msg_type !== "text" || typeof json.content?.text !== "string")
      return refused(9499, "Bad Request");
    const isFresh = Math.abs(nowMs - Number(json.timestamp) * 1000) < HOUR_MS;
    if (!isFresh || typeof json.timestamp !== "string" || json.sign !== sign(`${json.timestamp}\n${SECRET}`, ""))
      return refused(19021, "sign match fail or timestamp is not within one hour from current time");
    return Response.json({ StatusCode: 0, StatusMessage: "success", code: 0, data: {}, msg: "success" });
  },

  // open.dingtalk.com/document/robots/custom-robot-access (自定义机器人接入) and .../customize-robot-security-settings.
  dingtalk({ url, headers, json, text, nowMs }) {
    const refused = (errcode: number, errmsg: string) => Response.json({ errcode, errmsg });
    if (url.pathname !== "/robot/send") return new Response("404", { status: 404 });
    if (url.searchParams.get("access_token") !== KEY) return refused(300005, "token is not exist");
    const timestamp = url.searchParams.get("timestamp") ?? "";
    if (Math.abs(nowMs - Number(timestamp)) > HOUR_MS) return refused(310000, "invalid timestamp");
    if (url.searchParams.get("sign") !== sign(SECRET, `${timestamp}\n${SECRET}`))
      return refused(310000, "sign not match");
    if (!/^application\/json;\s*charset=utf-8$/.test(headers.get("content-type") ?? ""))
      return refused(43004, "invalid content type");
    if (bytesOf(text) > 20_000) return refused(460101, "message too long, exceed 20000 bytes");
    if (json?.msgtype !== "text" || typeof json.text?.content !== "string")
      return refused(400105, "unsupported msgtype");
    return Response.json({ errcode: 0, errmsg: "ok" });
  },

  // github.com/Finb/bark-server, docs/API_V2.md and route_push.go; 4 KiB is the limit of Apple's push service.
  bark({ url, headers, json, text }) {
    const answer = (code: number, message: string) =>
      Response.json({ code, message, timestamp: 1772323200 }, { status: code });
    if (url.pathname !== "/push" || !headers.get("content-type")?.startsWith("application/json"))
      return answer(404, "Cannot POST");
    if (!json) return answer(400, "request bind failed");
    if (json.device_key !== BARK_KEY)
      return answer(400, "failed to get device token: failed to get device token from db");
    if (bytesOf(text) > 4096) return answer(500, "push failed: PayloadTooLarge");
    return answer(200, "success");
  },

  // core.telegram.org/bots/api#sendmessage and #making-requests.
  telegram({ url, json }) {
    const refused = (error_code: number, description: string, parameters?: object) =>
      Response.json({ ok: false, error_code, description, parameters }, { status: error_code });
    if (!url.pathname.startsWith(`/bot${BOT_TOKEN}/`)) return refused(401, "Unauthorized");
    if (url.pathname !== `/bot${BOT_TOKEN}/sendMessage`) return refused(404, "Not Found");
    if (!json?.chat_id) return refused(400, "Bad Request: chat_id is empty");
    if (json.chat_id !== "-1001234") return refused(400, "Bad Request: chat not found");
    if (typeof json.text !== "string" || json.text === "") return refused(400, "Bad Request: message text is empty");
    if (json.text.length > 4096) return refused(400, "Bad Request: message is too long");
    return Response.json({ ok: true, result: { message_id: 1, date: 1, chat: { id: -1001234, type: "supergroup" } } });
  },

  // docs.ntfy.sh/publish and github.com/binwiederhier/ntfy, server/errors.go.
  ntfy({ url, headers, text }) {
    const refused = (code: number, http: number, error: string) =>
      Response.json({ code, http, error, link: "https://ntfy.sh/docs/publish/" }, { status: http });
    if (!/^\/[-_A-Za-z0-9]{1,64}$/.test(url.pathname)) return refused(40401, 404, "page not found");
    if (headers.get("authorization") !== `Bearer ${SECRET}`) return refused(40301, 403, "forbidden");
    if (bytesOf(text) > 4096)
      return Response.json({ id: "x", event: "message", attachment: { name: "attachment.txt" } });
    return Response.json({ id: "sPs71M8A2T", time: 1, expires: 2, event: "message", topic: "alerts", message: text });
  },

  // AstrBot 4.29.3, measured (test/real/astrbot*): dashboard/api/auth.py and services/open_api_service.py.
  astrbot({ url, headers, json }) {
    const refused = (status: number, message: string) =>
      Response.json({ status: "error", message, data: null }, { status });
    if (url.pathname !== "/api/v1/im/message") return Response.json({ detail: "Not Found" }, { status: 404 });
    const key = headers.get("x-api-key");
    if (!key) return refused(401, "Missing API key");
    if (key === "abk_scope") return refused(403, "Insufficient API key scope");
    if (key !== KEY) return refused(401, "Invalid API key");
    if (!json?.umo) return refused(400, "Missing key: umo");
    const [platform, type, session] = json.umo.split(":");
    if (session === undefined) return refused(400, "Invalid umo: not enough values to unpack (expected 3, got 1)");
    if (!["FriendMessage", "GroupMessage", "OtherMessage"].includes(type))
      return refused(400, `Invalid umo: '${type}' is not a valid MessageType`);
    if (platform === "mp") return refused(400, "Failed to send message: 微信公众号不支持发送主动消息");
    if (platform === "down") return refused(400, "Failed to send message: Cannot connect to host");
    if (platform !== "webchat") return refused(400, `Bot not found or not running for platform: ${platform}`);
    return Response.json({ status: "ok", message: null, data: {} });
  },
};

/** The address a user copies from each. */
export const addresses: Readonly<Record<string, string>> = {
  wecom: `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${KEY}`,
  feishu: `https://open.feishu.cn/open-apis/bot/v2/hook/${KEY}`,
  dingtalk: `https://oapi.dingtalk.com/robot/send?access_token=${KEY}`,
  bark: `https://api.day.app/${BARK_KEY}/推送内容`,
  telegram: `https://api.telegram.org/bot${BOT_TOKEN}/sendMessage?chat_id=-1001234`,
  ntfy: "https://ntfy.sh/alerts",
  astrbot: "http://127.0.0.1:6185",
};

/** A real server in the place of every host; `service` answers unless a test puts something else in its place. */
export const serveChat = (service: (posted: Posted) => Response | Promise<Response>, clock: { now(): Date }) => {
  const seen: Posted[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const text = await request.text();
      const url = new URL(request.url);
      const posted = { url, headers: request.headers, text, json: jsonOf(text), nowMs: clock.now().getTime() };
      seen.push(posted);
      return service(posted);
    },
  });
  const fetch = (url: string, init: BunFetchRequestInit) => {
    const { pathname, search } = new URL(url);
    return globalThis.fetch(`http://127.0.0.1:${server.port}${pathname}${search}`, init);
  };
  return { url: `http://127.0.0.1:${server.port}`, fetch, seen, [Symbol.dispose]: () => void server.stop(true) };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
