import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { createTestApp, readJson } from "@test/support/app.ts";
import { chatServices, KEY, SECRET, serveChat } from "@test/support/chat-services.ts";
import { systemClock } from "@/lib/clock.ts";

const astrbot = { NOTIFY_ASTRBOT_KEY: KEY, NOTIFY_ASTRBOT_UMO: "webchat:FriendMessage:1" };
const dingtalk = { NOTIFY_WEBHOOK_URL: `https://oapi.dingtalk.com/robot/send?access_token=${KEY}` };

/** AstrBot and a DingTalk robot behind one address. */
const both: Parameters<typeof serveChat>[0] = (posted) => {
  const service = chatServices[posted.url.pathname === "/robot/send" ? "dingtalk" : "astrbot"];
  return service?.(posted) ?? new Response("", { status: 404 });
};

const createNotifyingApp = (env: Record<string, string>, service = both) => {
  const server = serveChat(service, systemClock);
  const app = createTestApp({ env, fetch: Object.assign(server.fetch, { preconnect: () => {} }) as typeof fetch });
  const pageAfterTest = async (language = "zh") => {
    const answer = await app.browserPost("/web/notify/test");
    expect(answer.status).toBe(303);
    const headers = { "accept-language": language };
    return (await app.request(answer.headers.get("location") ?? "", { headers })).text();
  };
  return { ...app, server, pageAfterTest, [Symbol.dispose]: server[Symbol.dispose] };
};

test("the button sends a message to every channel and shows what each answers, in either language", async () => {
  using app = createNotifyingApp({ ...astrbot, ...dingtalk, NOTIFY_WEBHOOK_SECRET: "SECwrong-0123456789" });

  const chinese = await app.pageAfterTest();
  const english = await app.pageAfterTest("en");

  expect(chinese).toContain("✓ AstrBot：已交给 AstrBot");
  expect(chinese).toContain("✗ 钉钉机器人：签名不符");
  expect(english).toContain("✗ DingTalk robot: The signature does not match");
  for (const page of [chinese, english]) {
    expect(page).toContain("310000 sign not match");
    expect(page).toMatch(/重启服务，再发|restart the service before/);
    expect(page).not.toContain(KEY);
  }
  // Beside these the gateway's probe.
  expect(app.server.seen.filter(({ text }) => text.includes("测试消息"))).toHaveLength(4);
});

test("the page shows the last test's result until another message goes out", async () => {
  let key = "abk_other";
  using app = createNotifyingApp(astrbot, (posted) => {
    if (posted.headers.get("x-api-key") === KEY) posted.headers.set("x-api-key", key);
    return both(posted);
  });
  const shown = async () => (await readJson(await app.api("/status"))).state.notify;

  await app.pageAfterTest();
  expect(await shown()).toMatchObject([{ channel: "astrbot", waiting: 0, reason: "astrbot_key_wrong" }]);
  const page = await (await app.request("/web/status")).text();
  expect(page).toContain("填入 <code>NOTIFY_ASTRBOT_KEY</code>");
  expect(page).not.toContain("`");

  key = KEY;
  await app.pageAfterTest();
  expect(await shown()).toMatchObject([{ channel: "astrbot", waiting: 0, reason: "", next_try_at: null }]);
  expect((await shown())[0].last_try_at).not.toBeNull();
});

test("without a chat of its own a channel is no fault: jobs may name theirs", async () => {
  using app = createNotifyingApp({ NOTIFY_ASTRBOT_KEY: KEY });

  expect(await app.pageAfterTest()).toContain("✗ AstrBot：缺少 UMO");
  expect((await readJson(await app.api("/status"))).state.notify).toMatchObject([{ reason: "", last_try_at: null }]);
});

test("nothing is lost in other words than ours: what an answer holds is text", async () => {
  using app = createNotifyingApp(astrbot, () =>
    Response.json({ status: "error", message: `Failed to send message: <script>x</script> ${KEY}` }, { status: 400 }),
  );
  const page = await app.pageAfterTest();
  expect(page).toContain("没能发到聊天平台");
  expect(page).toContain("&lt;script&gt;x");
  expect(page).not.toContain(KEY);
});

test("without a channel the page says how to set one up, and has no button", async () => {
  using app = createNotifyingApp({});
  const page = await (await app.request("/web/status")).text();
  expect(page).toContain("NOTIFY_ASTRBOT_KEY");
  expect(page).not.toContain("/web/notify/test");
  expect(await app.pageAfterTest()).not.toContain("notice-bar");
});

test("a link that somebody made shows no words of theirs as ours", async () => {
  using app = createNotifyingApp({});
  for (const query of [
    "sent.astrbot=error.internal_error.text",
    "sent.nobody=delivery.key",
    "sent.__proto__=delivery.key",
    "sent.=delivery.key",
    "answer.astrbot=x",
  ]) {
    expect(await (await app.request(`/web/status?${query}`)).text()).not.toContain("notice-bar");
  }
});

const root = resolve(import.meta.dir, "../..");

/** The command as `bun run notify` starts it, but from source. */
const runCommand = async (args: readonly string[], env: Record<string, string>) => {
  const child = Bun.spawn([process.execPath, "--no-env-file", "src/main.ts", "notify", ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? "", OPENCLAW_BACKEND_ROOT: "/nowhere", ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, error, code };
};

test("the command prints what each answers, and exits with 1 unless all are delivered", async () => {
  using server = serveChat(both, systemClock);
  const env = { ...astrbot, NOTIFY_ASTRBOT_URL: server.url };
  const robot = {
    NOTIFY_WEBHOOK_URL: `${server.url}/robot/send?access_token=${KEY}`,
    NOTIFY_WEBHOOK_KIND: "dingtalk",
    NOTIFY_WEBHOOK_SECRET: SECRET,
  };

  expect(await runCommand(["--test"], { ...env, ...robot })).toEqual({
    out: expect.stringMatching(/^✓ AstrBot {2}已交给 AstrBot。.*\n✓ 钉钉机器人 {2}已送达\n$/),
    error: "",
    code: 0,
  });
  const failed = await runCommand(["--test", "--lang", "en"], { ...env, NOTIFY_ASTRBOT_KEY: "abk_scope" });
  expect(failed.code).toBe(1);
  expect(failed.out).toContain("✗ AstrBot  This API key may not send");
  expect(failed.out).toContain("HTTP 403: error Insufficient API key scope");
});

test("the command without a channel, or without --test, says what it needs", async () => {
  expect(await runCommand(["--test"], {})).toMatchObject({
    code: 2,
    error: expect.stringContaining("NOTIFY_WEBHOOK_URL"),
  });
  expect(await runCommand([], {})).toMatchObject({ code: 2, error: expect.stringContaining("--test") });
});
