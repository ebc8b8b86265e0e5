import { describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { addresses, BARK_KEY, BOT_TOKEN, chatServices, KEY, SECRET, serveChat } from "@test/support/chat-services.ts";
import { createTestClock } from "@test/support/test-clock.ts";
import { Webhook } from "standardwebhooks";
import { parseConfig } from "@/config.ts";
import { createRedactor, secretsOf } from "@/executor/redact.ts";
import { createChannels, type Delivery } from "@/notify/channels/create.ts";
import type { News } from "@/notify/repository.ts";

const news: News = {
  deliveryId: "0f8fad5b-d9cb-469f-a165-70867728950e",
  kind: "problem",
  at: "2026-03-01T00:00:00Z",
  lines: ["网关连不上", "自 08:00 起", "原因：没有程序监听"],
  data: { problem: "gateway_refused", since: "2026-03-01T00:00:00Z" },
};
const UMO = "webchat:FriendMessage:webchat!astrbot!s1";

type Serve = Parameters<typeof serveChat>[0];

const createTest = (env: Record<string, string>, service: Serve, start?: Date) => {
  const clock = createTestClock(start);
  const server = serveChat(service, clock);
  const config = parseConfig({ OPENCLAW_BACKEND_ROOT: "/nowhere", ...env });
  const channels = createChannels(config.notify, {
    fetch: server.fetch,
    clock,
    redact: createRedactor(secretsOf(config)),
  });
  const send = async (sent = news, to?: string): Promise<Delivery> => {
    const [channel] = channels;
    if (!channel) throw new Error("no channel");
    return channel.send(sent, to);
  };
  return { clock, server, channels, send, [Symbol.dispose]: server[Symbol.dispose] };
};

const astrbotEnv = (settings: Record<string, string> = {}) => ({
  NOTIFY_ASTRBOT_KEY: KEY,
  NOTIFY_ASTRBOT_UMO: UMO,
  ...settings,
});
const envOf = (kind: string, settings: Record<string, string> = {}): Record<string, string> =>
  kind === "astrbot"
    ? astrbotEnv(settings)
    : { NOTIFY_WEBHOOK_URL: addresses[kind] ?? "", NOTIFY_WEBHOOK_SECRET: SECRET, ...settings };
const serviceOf = (kind: string): Serve => chatServices[kind] ?? (() => new Response("", { status: 404 }));

describe.each(Object.keys(chatServices))("%s", (kind) => {
  test("takes our messages as its documentation asks for", async () => {
    using channel = createTest(envOf(kind), serviceOf(kind));

    expect(await channel.send()).toEqual({ kind: "delivered" });

    const [posted] = channel.server.seen;
    expect(posted?.text).toContain("网关连不上");
    expect(channel.channels.map(({ name }): string => name)).toEqual([kind]);
  });

  test("takes the longest message, of any characters", async () => {
    for (const line of ["字".repeat(9000), "a".repeat(30_000), "🙂".repeat(9000), '"\\'.repeat(15_000)]) {
      using channel = createTest(envOf(kind), serviceOf(kind));
      expect(await channel.send({ ...news, lines: [line] })).toEqual({ kind: "delivered" });
      const [posted] = channel.server.seen;
      expect(posted?.text).not.toContain("\ufffd");
      // A file in the place of a message is none.
      expect(posted?.text).toContain("…");
    }
  });

  test.each([
    [200, "<html>Sign in</html>", "refused", "foreign"],
    [200, "", "refused", "foreign"],
    [200, "{}", "refused", "foreign"],
    [200, "[1]", "refused", "foreign"],
    [200, "null", "refused", "foreign"],
    [403, "<html>Blocked</html>", "refused", "foreign"],
    [404, "not found", "refused", "foreign"],
    [302, "", "refused", "redirected"],
    [429, "slow down", "failed", "rate_limited"],
    [502, "<h1>502</h1>", "failed", "unavailable"],
    [503, "{}", "failed", "unavailable"],
  ])("never counts %p %j as delivered", async (status, body, outcome, reason) => {
    using channel = createTest(envOf(kind), () => new Response(body, { status, headers: { location: "/login" } }));
    const expected = kind === "astrbot" && reason === "foreign" ? "astrbot_old" : reason;
    expect(await channel.send()).toMatchObject({ kind: outcome, reason: `delivery.${expected}` } as object);
  });

  test("is waited for as long as it asks", async () => {
    using channel = createTest(envOf(kind), () => new Response("", { status: 429, headers: { "retry-after": "7" } }));
    expect(await channel.send()).toMatchObject({ retryAfterMs: 7000 });
  });

  test("calls nobody by what a message holds", async () => {
    using channel = createTest(envOf(kind), serviceOf(kind));
    await channel.send({ ...news, lines: ['<at user_id="all">x</at> <@all> <!here> @everyone @Here <b>'] });
    expect(channel.server.seen[0]?.text).not.toMatch(/<(?:at|[@!])|@everyone|@here/i);
    expect(channel.server.seen[0]?.text).toContain("<b>");
  });

  test("passes on no secret of its own by an error, and nothing that moves the text around it", async () => {
    const tokens = ["123456789:AAFfakefakefakefakefakefakefakefake", "sk-FAKE0123456789abcdef"];
    const said = `\u202e\u001b[31mhttps://api.telegram.org/bot${tokens.join("/?access_token=")} failed`;
    using channel = createTest(envOf(kind), () => new Response(said, { status: 400 }));
    const delivery = JSON.stringify(await channel.send());
    expect(delivery).toContain("api.telegram.org");
    for (const hidden of [...tokens, "\\u001b", "\u202e"]) expect(delivery).not.toContain(hidden);
  });

  test("learns no key by a redirect, and none comes back in words", async () => {
    const secrets = [KEY, SECRET, BARK_KEY, BOT_TOKEN];
    using channel = createTest(envOf(kind), () => new Response(`bad ${secrets.join(" ")}`, { status: 400 }));
    const delivery = await channel.send();
    const used = kind === "astrbot" ? [KEY] : [SECRET, ...secrets.filter((key) => addresses[kind]?.includes(key))];
    for (const secret of used) expect(JSON.stringify(delivery)).not.toContain(secret);
  });
});

/** What each answers to a wrong setting or at its limits, in our words. */
const refusals: readonly [kind: string, name: string, env: Record<string, string>, reason: string, outcome?: string][] =
  [
    ["wecom", "a wrong key", { NOTIFY_WEBHOOK_URL: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1" }, "key"],
    ["feishu", "a wrong hook", { NOTIFY_WEBHOOK_URL: "https://open.feishu.cn/open-apis/bot/v2/hook/1" }, "key"],
    ["feishu", "no signature", { NOTIFY_WEBHOOK_SECRET: "" }, "signature"],
    ["feishu", "a wrong secret", { NOTIFY_WEBHOOK_SECRET: "SECwrong" }, "signature"],
    ["dingtalk", "a wrong token", { NOTIFY_WEBHOOK_URL: "https://oapi.dingtalk.com/robot/send?access_token=1" }, "key"],
    ["dingtalk", "no signature", { NOTIFY_WEBHOOK_SECRET: "" }, "signature"],
    ["dingtalk", "a wrong secret", { NOTIFY_WEBHOOK_SECRET: "SECwrong" }, "signature"],
    ["bark", "a wrong key", { NOTIFY_WEBHOOK_URL: "https://api.day.app/abcdefghijklmnopqrst" }, "key"],
    [
      "telegram",
      "a wrong token",
      { NOTIFY_WEBHOOK_URL: "https://api.telegram.org/bot1:A/sendMessage?chat_id=1" },
      "key",
    ],
    ["telegram", "no chat", { NOTIFY_WEBHOOK_URL: `https://api.telegram.org/bot${BOT_TOKEN}/sendMessage` }, "chat"],
    [
      "telegram",
      "a chat unknown",
      { NOTIFY_WEBHOOK_URL: `https://api.telegram.org/bot${BOT_TOKEN}/sendMessage?chat_id=9` },
      "chat",
    ],
    ["ntfy", "no access", { NOTIFY_WEBHOOK_SECRET: "" }, "key"],
    ["ntfy", "a path for a topic", { NOTIFY_WEBHOOK_URL: "https://ntfy.sh/a/b" }, "address"],
    ["astrbot", "a wrong key", { NOTIFY_ASTRBOT_KEY: "abk_wrong" }, "astrbot_key_wrong"],
    ["astrbot", "a key without the scope", { NOTIFY_ASTRBOT_KEY: "abk_scope" }, "astrbot_scope"],
    ["astrbot", "an unknown bot", { NOTIFY_ASTRBOT_UMO: "nope:FriendMessage:1" }, "astrbot_platform", "failed"],
    ["astrbot", "a malformed UMO", { NOTIFY_ASTRBOT_UMO: "webchat" }, "astrbot_umo"],
    ["astrbot", "a wrong message type", { NOTIFY_ASTRBOT_UMO: "webchat:Nope:1" }, "astrbot_umo"],
    ["astrbot", "no UMO", { NOTIFY_ASTRBOT_UMO: "" }, "astrbot_umo"],
    [
      "astrbot",
      "a platform that is only answered",
      { NOTIFY_ASTRBOT_UMO: "mp:FriendMessage:1" },
      "astrbot_not_proactive",
    ],
    ["astrbot", "a platform that is away", { NOTIFY_ASTRBOT_UMO: "down:FriendMessage:1" }, "astrbot_send", "failed"],
  ];

test.each(refusals)("%s: %s", async (kind, _name, env, reason, outcome = "refused") => {
  using channel = createTest(envOf(kind, env), serviceOf(kind));
  expect(await channel.send()).toMatchObject({ kind: outcome, reason: `delivery.${reason}` } as object);
});

/** Further answers of their documentation, most of them with status 200. */
const answers: readonly [kind: string, status: number, body: object, reason: string, outcome?: string][] = [
  ["wecom", 200, { errcode: 45009, errmsg: "api freq out of limit" }, "rate_limited", "failed"],
  ["wecom", 200, { errcode: -1, errmsg: "system busy" }, "unavailable", "failed"],
  ["wecom", 200, { errcode: 40058, errmsg: "invalid Request Parameter" }, "rejected"],
  ["wecom", 200, { errcode: "0", errmsg: "ok" }, "rejected"],
  [
    "feishu",
    200,
    { code: 11232, msg: "frequency limited psm[lark.oapi.app_platform_runtime]" },
    "rate_limited",
    "failed",
  ],
  ["feishu", 400, { code: 9499, msg: "too many request" }, "rate_limited", "failed"],
  ["feishu", 400, { code: 19022, msg: "Ip Not Allowed" }, "ip"],
  ["feishu", 200, { code: 19024, msg: "Key Words Not Found" }, "keyword"],
  ["feishu", 200, { code: 9499, msg: "Bad Request" }, "rejected"],
  ["feishu", 200, { StatusCode: 9499, StatusMessage: "Bad Request" }, "rejected"],
  ["dingtalk", 200, { errcode: 130101, errmsg: "send too fast, exceed 20 times per minute" }, "rate_limited", "failed"],
  ["dingtalk", 200, { status: 1111, wait: 5, source: "x5", punish: "deny", uuid: "1" }, "rate_limited", "failed"],
  ["dingtalk", 200, { errcode: 310000, errmsg: "keywords not in content, more: [https://x]" }, "keyword"],
  ["dingtalk", 200, { errcode: 310000, errmsg: "ip 192.0.2.1 not in whitelist" }, "ip"],
  // As it answers today: github.com/qd-today/qd/issues/510 and others.
  ["dingtalk", 200, { errcode: 310000, errmsg: "description:关键词不匹配;solution:请联系群管理员;" }, "keyword"],
  ["dingtalk", 200, { errcode: 310000, errmsg: "description:机器人发送签名不匹配;solution:请确认签名;" }, "signature"],
  ["dingtalk", 200, { errcode: 310000, errmsg: "description:ip 不在白名单中;solution:请联系群的管理员" }, "ip"],
  ["dingtalk", 200, { errcode: 90030, errmsg: "webhook over limit" }, "rate_limited", "failed"],
  ["dingtalk", 200, { errcode: 40035, errmsg: "缺少参数 access_token" }, "key"],
  ["dingtalk", 200, { errcode: -1, errmsg: "系统繁忙" }, "unavailable", "failed"],
  ["dingtalk", 200, { errcode: 400102, errmsg: "机器人已停用" }, "key"],
  ["bark", 500, { code: 500, message: "push failed: BadDeviceToken" }, "key"],
  ["bark", 500, { code: 500, message: "push failed: InternalServerError" }, "unavailable", "failed"],
  ["telegram", 403, { ok: false, error_code: 403, description: "Forbidden: bot was blocked by the user" }, "chat"],
  ["telegram", 400, { ok: false, error_code: 400, description: "Bad Request: message is too long" }, "rejected"],
  ["telegram", 502, { ok: false, error_code: 502, description: "Bad Gateway" }, "unavailable", "failed"],
  ["ntfy", 401, { code: 40101, http: 401, error: "unauthorized" }, "key"],
  [
    "ntfy",
    429,
    { code: 42908, http: 429, error: "limit reached: daily message quota reached" },
    "rate_limited",
    "failed",
  ],
  ["ntfy", 507, { code: 50701, http: 507, error: "insufficient storage" }, "unavailable", "failed"],
  ["astrbot", 401, { status: "error", message: "Missing API key", data: null }, "astrbot_key_missing"],
  ["astrbot", 401, { status: "error", message: "未授权", data: null }, "astrbot_old"],
  ["astrbot", 404, { status: "error", message: "Not Found", data: null }, "astrbot_old"],
  ["astrbot", 405, { status: "error", message: "Method Not Allowed", data: null }, "astrbot_old"],
  // core/platform/sources of AstrBot 4.29.3, and QQ's official bot before 4.20.
  [
    "astrbot",
    400,
    { status: "error", message: "Failed to send message: QQ 机器人官方 API 适配器不支持 send_by_session" },
    "astrbot_not_proactive",
  ],
  [
    "astrbot",
    400,
    { status: "error", message: "Failed to send message: 主动消息发送失败: 未配置企业微信消息推送 Webhook URL" },
    "astrbot_not_proactive",
  ],
  [
    "astrbot",
    400,
    { status: "error", message: "无法发送消息：缺少有效的数字 session_id(x) 或 event(None)" },
    "astrbot_umo",
  ],
  ["astrbot", 200, { status: "error", message: "Message content is empty" }, "rejected"],
  ["astrbot", 500, { status: "error", message: "Internal server error" }, "unavailable", "failed"],
];

test.each(answers)("%s answers %p %j", async (kind, status, body, reason, outcome = "refused") => {
  using channel = createTest(envOf(kind), () => Response.json(body, { status }));
  expect(await channel.send()).toMatchObject({ kind: outcome, reason: `delivery.${reason}` } as object);
});

test("Telegram says in its JSON for how long it takes nothing", async () => {
  const body = { ok: false, error_code: 429, description: "Too Many Requests", parameters: { retry_after: 34 } };
  using channel = createTest(envOf("telegram"), () => Response.json(body, { status: 429 }));
  expect(await channel.send()).toMatchObject({ kind: "failed", retryAfterMs: 34_000 });
});

test.each([1e9, 1e308, -1, "x", null, {}])("a wait of %j silences nothing for good", async (retry_after) => {
  const body = { ok: false, error_code: 429, description: "Too Many Requests", parameters: { retry_after } };
  using channel = createTest(envOf("telegram"), () => Response.json(body, { status: 429 }));
  const delivery = await channel.send();
  expect(delivery.kind === "failed" && (delivery.retryAfterMs ?? 0)).toBeWithin(0, 3_600_001);
});

// The shape before code and msg, which some of its servers still answer alone.
test("Feishu's older words for success count", async () => {
  using channel = createTest(envOf("feishu"), () =>
    Response.json({ Extra: null, StatusCode: 0, StatusMessage: "success" }),
  );
  expect(await channel.send()).toEqual({ kind: "delivered" });
});

test("a byte order mark before the JSON changes nothing", async () => {
  using channel = createTest(envOf("wecom"), () => new Response('\ufeff{"errcode":0,"errmsg":"ok"}'));
  expect(await channel.send()).toEqual({ kind: "delivered" });
});

test.each(["", "/", "/sendMessage", "/sendMessage/"])("a bot's address may end with %j", async (end) => {
  const env = { NOTIFY_WEBHOOK_URL: `https://api.telegram.org/bot${BOT_TOKEN}${end}?chat_id=-1001234` };
  using channel = createTest(envOf("telegram", env), serviceOf("telegram"));
  expect(await channel.send()).toEqual({ kind: "delivered" });
});

test("half a character breaks no message", async () => {
  using channel = createTest(envOf("astrbot"), serviceOf("astrbot"));
  await channel.send({ ...news, lines: ["a\ud83d", "b"] });
  expect(channel.server.seen[0]?.text).toContain("a\ufffd\\nb");
});

test("Telegram fetches no preview of our page, and the chat comes with the text", async () => {
  using channel = createTest(envOf("telegram"), serviceOf("telegram"));
  await channel.send();
  const [posted] = channel.server.seen;
  expect(posted?.url.search).toBe("");
  expect(posted?.json).toMatchObject({ chat_id: "-1001234", link_preview_options: { is_disabled: true } });
});

test("a Bark server below a path, named by its kind", async () => {
  const env = { NOTIFY_WEBHOOK_URL: `https://push.example/bark/${BARK_KEY}/`, NOTIFY_WEBHOOK_KIND: "Bark" };
  using channel = createTest(env, () => Response.json({ code: 200, message: "success" }));
  expect(await channel.send()).toEqual({ kind: "delivered" });
  expect(channel.server.seen[0]).toMatchObject({ url: { pathname: "/bark/push" }, json: { device_key: BARK_KEY } });
});

// github.com/Finb/Bark, docs/tutorial.md (请求参数): a group, a sound, a level.
test("Bark's options in its address are kept", async () => {
  const env = {
    NOTIFY_WEBHOOK_URL: `https://api.day.app/${BARK_KEY}/推送内容?group=openclaw&level=timeSensitive&body=x`,
  };
  using channel = createTest(env, serviceOf("bark"));
  expect(await channel.send()).toEqual({ kind: "delivered" });
  const { json, url } = channel.server.seen[0] ?? {};
  expect(json).toMatchObject({ group: "openclaw", level: "timeSensitive", body: news.lines.join("\n") });
  expect(url?.search).toBe("");
});

test("a job's own chat is told instead", async () => {
  using channel = createTest(envOf("astrbot"), serviceOf("astrbot"));
  expect(await channel.send(news, "webchat:GroupMessage:7")).toEqual({ kind: "delivered" });
  expect(channel.server.seen[0]?.json).toEqual({ umo: "webchat:GroupMessage:7", message: news.lines.join("\n") });
});

test("a service that does not answer is left after 15 seconds", async () => {
  const asked = Promise.withResolvers<void>();
  using channel = createTest(envOf("wecom"), () => {
    asked.resolve();
    return new Promise<Response>(() => {});
  });
  const delivery = channel.send();
  await asked.promise;
  await channel.clock.advance(15_000);
  expect(await delivery).toMatchObject({ kind: "failed", reason: "delivery.timeout" });
});

test("a service that is not there, or whose certificate is wrong", async () => {
  const config = parseConfig({ OPENCLAW_BACKEND_ROOT: "/nowhere", ...envOf("wecom") });
  for (const [code, reason] of [
    ["ECONNREFUSED", "unreachable"],
    ["ENOTFOUND", "dns"],
    ["ECONNRESET", "unreachable"],
    ["CERT_HAS_EXPIRED", "tls"],
  ]) {
    const fetch = async () => {
      throw Object.assign(new Error(`failed at ${config.notify.webhook?.url}`), { code });
    };
    const redact = createRedactor(secretsOf(config));
    const [channel] = createChannels(config.notify, { fetch, clock: createTestClock(), redact });
    const delivery = await channel?.send(news);
    expect(delivery).toMatchObject({ kind: "failed", reason: `delivery.${reason}` } as object);
    expect(JSON.stringify(delivery)).not.toContain(KEY);
  }
});

test("a webhook that echoes its address gives no part of it away that may be a key", async () => {
  const env = { NOTIFY_WEBHOOK_URL: "https://chat.example/hooks/T0123ABCD/x7Kq9Zab?room=quiet-room" };
  using channel = createTest(
    env,
    ({ url }) => new Response(`Cannot POST ${url.pathname}${url.search}`, { status: 404 }),
  );
  const delivery = JSON.stringify(await channel.send());
  for (const key of ["T0123ABCD", "x7Kq9Zab", "quiet-room"]) expect(delivery).not.toContain(key);
  expect(delivery).toContain("Cannot POST /hooks/");
});

describe("our own JSON", () => {
  const secret = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;
  const env = { NOTIFY_WEBHOOK_URL: "https://hooks.example/in?room=1", NOTIFY_WEBHOOK_SECRET: secret };

  // github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, checked by the project's own library.
  test("verifies by the library of Standard Webhooks", async () => {
    using channel = createTest(env, ({ text, headers }) => {
      // The library reads the real time; what it signs is compared instead.
      const sent = Object.fromEntries(headers);
      const at = new Date(Number(sent["webhook-timestamp"]) * 1000);
      const signature = new Webhook(secret).sign(sent["webhook-id"] ?? "", at, text);
      return new Response(null, { status: signature === sent["webhook-signature"] ? 204 : 401 });
    });

    expect(await channel.send()).toEqual({ kind: "delivered" });

    const [posted] = channel.server.seen;
    expect(posted?.json).toEqual({
      type: "problem",
      timestamp: news.at,
      data: { ...news.data, id: news.deliveryId, text: news.lines.join("\n") },
    });
    expect(posted?.headers.get("webhook-id")).toBe(news.deliveryId);
    expect(posted?.headers.get("webhook-timestamp")).toBe("1772323200");
    expect(posted?.url.search).toBe("?room=1");
  });

  test("is taken by a receiver that accepts either of two secrets, and by no other", async () => {
    const older = `whsec_${Buffer.from("fedcba9876543210fedcba9876543210").toString("base64")}`;
    // Receivers allow for five minutes by their own clock.
    using channel = createTest(env, () => new Response(null, { status: 204 }), new Date());
    await channel.send();
    const { text = "", headers } = channel.server.seen[0] ?? {};
    const sent = Object.fromEntries(headers ?? []);
    const beside = {
      ...sent,
      "webhook-signature": `${new Webhook(older).sign("1", new Date(), "")} ${sent["webhook-signature"]}`,
    };

    expect(new Webhook(secret).verify(text, sent)).toMatchObject({ type: "problem" });
    expect(new Webhook(secret).verify(text, beside)).toMatchObject({ type: "problem" });
    expect(() => new Webhook(older).verify(text, sent)).toThrow("No matching signature");
    expect(() => new Webhook(secret).verify(`${text} `, sent)).toThrow("No matching signature");
    // The algorithm of the specification, section "Signature scheme", without the library.
    const key = Buffer.from(secret.slice(6), "base64");
    const content = `${sent["webhook-id"]}.${sent["webhook-timestamp"]}.${text}`;
    expect(sent["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(content).digest("base64")}`);
  });

  test("keeps its id and signs anew when it is sent again", async () => {
    using channel = createTest(env, () => new Response(null, { status: 204 }));
    await channel.send();
    await channel.clock.advance(60_000);
    await channel.send();
    const [first, second] = channel.server.seen.map(({ headers }) => headers);
    expect(second?.get("webhook-id")).toBe(first?.get("webhook-id") ?? "");
    expect(second?.get("webhook-timestamp")).toBe("1772323260");
    expect(second?.get("webhook-signature")).not.toBe(first?.get("webhook-signature") ?? "");
  });

  test("is not signed without a secret", async () => {
    using channel = createTest({ NOTIFY_WEBHOOK_URL: "http://127.0.0.1:9/in" }, () => new Response("ok"));
    expect(await channel.send()).toEqual({ kind: "delivered" });
    expect(channel.server.seen[0]?.headers.has("webhook-signature")).toBe(false);
  });

  test.each([
    [400, "refused", "rejected"],
    [401, "refused", "key"],
    [404, "refused", "address"],
    [410, "refused", "address"],
    [308, "refused", "redirected"],
    [408, "failed", "unavailable"],
    [429, "failed", "rate_limited"],
    [500, "failed", "unavailable"],
  ])("answered with %p", async (status, outcome, reason) => {
    using channel = createTest(env, () => new Response("", { status }));
    expect(await channel.send()).toMatchObject({ kind: outcome, reason: `delivery.${reason}` } as object);
  });
});

test("nothing is configured: no channel; both are: two", () => {
  const channelsOf = (env: Record<string, string>) => {
    const { notify } = parseConfig({ OPENCLAW_BACKEND_ROOT: "/nowhere", ...env });
    return createChannels(notify, { fetch: globalThis.fetch, clock: createTestClock(), redact: String });
  };
  expect(channelsOf({ NOTIFY_ASTRBOT_UMO: UMO })).toEqual([]);
  expect(channelsOf({ ...astrbotEnv(), ...envOf("bark") }).map(({ name }) => name)).toEqual(["astrbot", "bark"]);
});
