import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { type FakeModelServer, startFakeModelServer } from "@test/support/fake-model-server.ts";
import { z } from "zod";
import { type Astrbot, startAstrbot, webchatUmo } from "./astrbot.ts";
import { createCodexHome } from "./codex-home.ts";
import { codexPeer, codexProgram, ensurePeer } from "./peers.ts";
import { createScratch, freePort, until } from "./program.ts";
import { newToken, startService } from "./service.ts";

const PROJECT_ROOT = resolve(import.meta.dir, "../..");
/** The shortest that the service accepts; in a hastened service, six seconds. */
const WATCH_SECONDS = 60;
const HASTEN = join(import.meta.dir, "preload/hasten.ts");

let astrbot: Astrbot;
let model: FakeModelServer;
let codexHome: ReturnType<typeof createCodexHome>;
let codex: Record<string, string>;
const work = createScratch();

beforeAll(async () => {
  model = startFakeModelServer();
  codexHome = createCodexHome(model.url);
  const bin = codexProgram(await ensurePeer(codexPeer));
  codex = { EXECUTOR_CODEX_BIN: bin, EXECUTOR_PASS_ENV: "FAKE_KEY", CODEX_HOME: codexHome.folder, FAKE_KEY: "fake" };
  astrbot = await startAstrbot();
});
afterAll(async () => {
  await astrbot?.stop();
  await model?.stop();
  codexHome?.remove();
  work.remove();
});

const settings = (key: string, chat: string) => ({
  NOTIFY_ASTRBOT_URL: astrbot.url,
  NOTIFY_ASTRBOT_KEY: key,
  NOTIFY_ASTRBOT_UMO: chat,
});

/** A gateway as far as the probe can see. */
const listenAsGateway = (port: number) =>
  Bun.serve({
    hostname: "127.0.0.1",
    port,
    fetch: () => Response.json({ error: { type: "invalid_request_error" } }, { status: 400 }),
  });

describe("the real AstrBot's WebChat", () => {
  test("has the message of a job that asked for it, in the chat that asked", async () => {
    const service = await startService({ ...codex, ...settings(await astrbot.newKey("im"), webchatUmo("home")) });
    const submit = async (notify: unknown) => {
      const body = JSON.stringify({ task: "[[say:The answer is 42.]]", cwd: work.folder, notify });
      const answer = await service.api("/executor/jobs", { method: "POST", body });
      return z.object({ job_id: z.string() }).parse(answer).job_id;
    };
    try {
      const silent = await submit(false);
      const atHome = await submit(true);
      const elsewhere = await submit({ umo: webchatUmo("asker") });
      for (const id of [silent, atHome, elsewhere]) await service.finished(id);

      await until(() => astrbot.texts("home").length > 0 && astrbot.texts("asker").length > 0);
      const [home = "", asker = ""] = [astrbot.texts("home").join("\n"), astrbot.texts("asker").join("\n")];
      expect(home).toContain(atHome);
      expect(asker).toContain(elsewhere);
      expect(home + asker).not.toContain(silent);
      expect(home.split("\n").length).toBeLessThanOrEqual(6);
      // The result is shown only on request.
      expect(home).not.toContain("：The answer is 42.");
    } finally {
      await service.stop();
    }
  });

  test("has two messages of a gateway that stopped and started again, not more", async () => {
    const port = await freePort();
    let gateway = listenAsGateway(port);
    const service = await startService(
      {
        ...codex,
        ...settings(await astrbot.newKey("im"), webchatUmo("watch")),
        WATCH_SECONDS: String(WATCH_SECONDS),
        OPENCLAW_GATEWAY_URL: `http://127.0.0.1:${port}`,
        OPENCLAW_GATEWAY_TOKEN: newToken(),
      },
      { preload: [HASTEN] },
    );
    try {
      await service.checkedProbe();
      gateway.stop(true);
      await until(() => astrbot.texts("watch").length > 0);

      gateway = listenAsGateway(port);
      await until(() => astrbot.texts("watch").length > 1);
      // As long as a third would take.
      await Bun.sleep((5 * WATCH_SECONDS * 1000) / 10);

      const [problem, end, ...more] = astrbot.texts("watch");
      expect(problem).toContain("网关");
      expect(end).toStartWith("已恢复：");
      expect(more).toEqual([]);
    } finally {
      await service.stop();
      gateway.stop(true);
    }
  }, 300_000);
});

describe("bun run notify --test says", () => {
  const testMessage = async (env: Record<string, string>) => {
    const root = createScratch();
    const child = Bun.spawn([process.execPath, "--no-env-file", "src/main.ts", "notify", "--test"], {
      cwd: PROJECT_ROOT,
      env: { PATH: process.env.PATH, HOME: root.folder, OPENCLAW_BACKEND_ROOT: root.folder, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [text, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    const exitCode = await child.exited;
    root.remove();
    return { exitCode, text: text + errors };
  };

  test("that the message was delivered, and it stands in the chat", async () => {
    const { exitCode, text } = await testMessage(settings(await astrbot.newKey("im"), webchatUmo("tried")));

    expect(text).toContain("已交给 AstrBot");
    expect(exitCode).toBe(0);
    expect(astrbot.texts("tried")).toHaveLength(1);
  });

  test.each([
    ["a wrong key", async () => settings("abk_wrong", webchatUmo("x")), "不认这个 API Key"],
    ["a missing scope", async () => settings(await astrbot.newKey("provider"), webchatUmo("x")), "没有发消息的权限"],
    ["an unknown platform", async () => settings(await astrbot.newKey("im"), "nope:FriendMessage:x"), "UMO 的第一段"],
    ["a text that is no UMO", async () => settings(await astrbot.newKey("im"), "nonsense"), "UMO"],
  ])("%s", async (_name, env, words) => {
    const used = await env();
    const { exitCode, text } = await testMessage(used);

    expect(text).toContain(words);
    expect(text).not.toContain(used.NOTIFY_ASTRBOT_KEY);
    expect(exitCode).toBe(1);
  });
});
