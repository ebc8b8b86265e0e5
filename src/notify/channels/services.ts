import { createHmac } from "node:crypto";
import type { WebhookKind } from "@/config.ts";
import { withoutEnd } from "@/lib/text.ts";
import type { TextKey } from "@/locales/translate.ts";
import type { News } from "../repository.ts";
import type { NewsEvent } from "../view.ts";

export type Reason = Extract<TextKey, `delivery.${string}`>;
export type ChannelName = WebhookKind | "astrbot";

type Json = Readonly<Record<string, unknown>>;

interface Target {
  url: string;
  /** A key, an access token or a secret to sign with; "" without one. */
  secret: string;
  /** The chat; only AstrBot has several. */
  to: string;
  nowMs: number;
}

export interface Service {
  /** The longest text, in bytes of UTF-8. */
  maxBytes: number;
  request(
    text: string,
    target: Target,
    news: News,
  ): { url?: string; headers?: Record<string, string>; body: object | string };
  /** What an answer says: "" that it was accepted, undefined if it is not one of this service. */
  read(json: Json, status: number, text: string): string | undefined;
  /** By what it says; the status decides where nothing matches. */
  reasons: readonly (readonly [said: RegExp, reason: Reason])[];
}

const hmac = (key: string | Buffer, text: string): string => createHmac("sha256", key).update(text).digest("base64");

/** Robots answer 200 to what they refuse; 0 alone means that the group has the message. */
const readCode =
  (code: string, message: string) =>
  ({ [code]: value, [message]: text }: Json): string | undefined => {
    if (value === undefined) return undefined;
    return value === 0 ? "" : `${value} ${text}`;
  };

const readWith =
  (isAccepted: (json: Json) => boolean, code: string, message: string): Service["read"] =>
  (json) =>
    isAccepted(json) ? "" : readCode(code, message)(json);

/** Lengths, answers and error codes are those of each service's documentation, named in the tests. */
export const services: Readonly<Record<ChannelName, Service>> = {
  astrbot: {
    maxBytes: 4000,
    request: (message, { url, secret, to }) => ({
      url: `${url}/api/v1/im/message`,
      headers: { "X-API-Key": secret },
      body: { umo: to, message },
    }),
    read: readWith(({ status }) => status === "ok", "status", "message"),
    reasons: [
      [/^error Invalid API key/, "delivery.astrbot_key_wrong"],
      [/^error Missing API key/, "delivery.astrbot_key_missing"],
      [/^error Insufficient API key scope/, "delivery.astrbot_scope"],
      [/^error Bot not found/, "delivery.astrbot_platform"],
      // The last is OneBot's of a session that is no number.
      [/^error (?:Invalid umo|Missing key: umo|无法发送消息：缺少有效的数字)/, "delivery.astrbot_umo"],
      // Before 4.18 the path is unknown, and an API key no login.
      [/^error (?:Not Found|Method Not Allowed|未授权|Token )/, "delivery.astrbot_old"],
      [/主动|不支持|proactive|not supported|not implemented/i, "delivery.astrbot_not_proactive"],
      [/^error Failed to send message/, "delivery.astrbot_send"],
    ],
  },
  json: {
    maxBytes: 20_000,
    request: (_text, { secret, nowMs }, { deliveryId: id, kind, at, lines, data }) => {
      const event: NewsEvent = { type: kind, timestamp: at, data: { ...data, id, text: lines.join("\n") } };
      const body = JSON.stringify(event);
      const timestamp = Math.floor(nowMs / 1000);
      const key = Buffer.from(secret.slice("whsec_".length), "base64");
      return {
        headers: {
          "webhook-id": id,
          "webhook-timestamp": String(timestamp),
          ...(secret !== "" && { "webhook-signature": `v1,${hmac(key, `${id}.${timestamp}.${body}`)}` }),
        },
        body,
      };
    },
    read: (_json, status, text) => (status < 300 ? "" : `${status} ${text}`),
    reasons: [[/^4(?:04|05|10) /, "delivery.address"]],
  },
  ntfy: {
    // A longer one becomes a file.
    maxBytes: 4096,
    request: (body, { secret }) => ({
      headers: { "Content-Type": "text/plain", ...(secret !== "" && { Authorization: `Bearer ${secret}` }) },
      body,
    }),
    read: readWith(({ event }) => event === "message", "code", "error"),
    reasons: [[/^(?:40009|40010|404\d*) /, "delivery.address"]],
  },
  wecom: {
    maxBytes: 2048,
    request: (content) => ({ body: { msgtype: "text", text: { content } } }),
    read: readCode("errcode", "errmsg"),
    reasons: [
      [/^(?:-1|45033) /, "delivery.unavailable"],
      [/^45009 /, "delivery.rate_limited"],
      [/^(?:93000|93008) /, "delivery.key"],
    ],
  },
  feishu: {
    // Of 20 KB with everything around the text, where a quotation mark counts twice.
    maxBytes: 9000,
    request: (text, { secret, nowMs }) => {
      const timestamp = String(Math.floor(nowMs / 1000));
      const signed = secret !== "" && { timestamp, sign: hmac(`${timestamp}\n${secret}`, "") };
      return { body: { ...signed, msg_type: "text", content: { text } } };
    },
    // Some of their servers use the older names only.
    read: ({ StatusCode, StatusMessage, code = StatusCode, msg = StatusMessage }) =>
      readCode("code", "msg")({ code, msg }),
    reasons: [
      [/^(?:11232|9499 too many)/i, "delivery.rate_limited"],
      [/^19021 /, "delivery.signature"],
      [/^19022 /, "delivery.ip"],
      [/^19024 /, "delivery.keyword"],
      [/^1900[17] /, "delivery.key"],
    ],
  },
  dingtalk: {
    maxBytes: 9000,
    request: (content, { url, secret, nowMs }) => {
      const signed = new URL(url);
      if (secret !== "") {
        signed.searchParams.set("timestamp", String(nowMs));
        signed.searchParams.set("sign", hmac(secret, `${nowMs}\n${secret}`));
      }
      return { url: signed.href, body: { msgtype: "text", text: { content } } };
    },
    // What guards their servers against floods answers in another shape.
    read: ({ punish, ...json }) => (punish ? `punish ${punish}` : readCode("errcode", "errmsg")(json)),
    reasons: [
      [/^-1 /, "delivery.unavailable"],
      [/^(?:130101|410100|90030|punish) /, "delivery.rate_limited"],
      [/^310000 .*(?:sign|timestamp|签名)/i, "delivery.signature"],
      [/^310000 .*(?:keyword|关键词)/i, "delivery.keyword"],
      [/^310000 .*\bip\b/i, "delivery.ip"],
      [/^(?:30000[15]|40010[126]|400013|40035) /, "delivery.key"],
    ],
  },
  bark: {
    // Apple takes 4 KiB with everything around the text, where a quotation mark counts twice.
    maxBytes: 1900,
    request: (body, { url }) => barkTarget(new URL(url), body),
    read: readWith(({ code }) => code === 200, "code", "message"),
    reasons: [[/device (?:key|token)|BadDeviceToken|Unregistered/i, "delivery.key"]],
  },
  telegram: {
    maxBytes: 4096,
    request: (text, { url }) => {
      const { origin, pathname, searchParams } = new URL(url);
      // A preview would make Telegram fetch the address of our page.
      const options = { link_preview_options: { is_disabled: true } };
      const bot = withoutEnd(pathname.replace(/\/sendMessage\/?$/i, ""), "/");
      return { url: `${origin}${bot}/sendMessage`, body: { ...Object.fromEntries(searchParams), ...options, text } };
    },
    read: readWith(({ ok }) => ok === true, "error_code", "description"),
    reasons: [
      [/^(?:401|404) /, "delivery.key"],
      [/^403 |^400 .*(?:chat|user|rights|thread)/i, "delivery.chat"],
    ],
  },
};

/** The app shows `https://server/KEY/sample text?option=value`. */
const barkTarget = ({ origin, pathname, searchParams }: URL, body: string) => {
  const parts = pathname.split("/");
  const found = parts.findIndex((part) => /^[A-Za-z\d]{16,}$/.test(part));
  const at = found < 0 ? parts.findLastIndex((part) => part !== "") : found;
  return {
    url: `${origin}${parts.slice(0, at).join("/")}/push`,
    body: { ...Object.fromEntries(searchParams), device_key: parts[at] ?? "", body },
  };
};
