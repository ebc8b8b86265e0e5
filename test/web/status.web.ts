import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PONG, replyJson, startFakeGateway } from "@test/support/fake-gateway.ts";
import { fixture } from "@test/support/fixtures.ts";
import { startService } from "../real/service.ts";
import { same } from "./checks.ts";
import { isSound, type Look, looks, nameOf, plainLook, screenshot } from "./look.ts";
import { logInTo, type Stage, type Suite, settle } from "./stage.ts";

const phone = { ...plainLook, width: 360 } as const;
/** Nothing listens there: the port is privileged, and unassigned. */
const NOWHERE = "http://127.0.0.1:1";

/** The status page while things go wrong and come right again, as somebody sees it who leaves it open. */
export const statusSuite: Suite = async (stage) => {
  await healthyPage(stage);
  await firstRun(stage);
  await changesWhileWatched(stage);
  await guestsSeeNoOutput(stage);
  await brokenServices(stage);
};

const changesWhileWatched = async ({ check, open, service }: Stage) => {
  const cwd = mkdtempSync(join(tmpdir(), "watched-"));
  await check("the page follows a job without a reload, and what was opened stays open", async () => {
    const window = await open(plainLook);
    const page = await window.newPage();
    await page.goto(`${service.url}/web/status`);
    await page.locator("#live[data-state=on]").waitFor();
    await page.evaluate("window.wasNotReloaded = true");
    await page.locator("#gateway > summary").click();
    await page.locator("#gateway summary", { hasText: "深度检查" }).click();
    const id = await service.submit({ task: "steps: watched from the status page", cwd });
    await page.locator("#worker").getByText(id).waitFor();
    await page.locator("#worker").getByText("$ bun test test/unit/clock.test.ts").waitFor();
    await page.locator("#worker [data-since]", { hasText: /\d+ 秒/ }).waitFor();
    await screenshot(page, "status-job-running");
    writeFileSync(join(cwd, "step-1"), "");
    writeFileSync(join(cwd, "step-2"), "");
    await service.finished(id);
    await page.locator("#worker .line", { hasText: "空闲" }).waitFor();
    same(await page.locator("details[open]#gateway, #gateway details[open]").count(), 2, "opened parts");
    same(await page.evaluate("window.wasNotReloaded"), true, "not reloaded");
    window.noFaults();
    await window.close();
  });
  rmSync(cwd, { recursive: true });
};

const guestsSeeNoOutput = async ({ check, open, service }: Stage) => {
  await check("a guest sees that a job runs, and not what it says", async () => {
    const id = await service.submit({ task: "hang while a guest looks", cwd: "/tmp" });
    const window = await open(plainLook, { member: false });
    const page = await window.newPage();
    await page.goto(`${service.url}/web/status`);
    await page.locator("#worker").getByText(id).waitFor();
    await page.locator("#worker").getByText("登录后可见输出").waitFor();
    same((await page.content()).includes("sleep infinity"), false, "the output is on the page");
    await service.cancel(id);
    await service.finished(id);
    window.noFaults();
    await window.close();
  });
};

const settleAt = async (env: Record<string, string>) => {
  const gateway = await startFakeGateway(({ socket }) => void socket.end(replyJson(200, PONG)));
  const service = await startService({
    ...env,
    OPENCLAW_GATEWAY_URL: gateway.url,
    EXECUTOR_CODEX_BIN: fixture("bin/codex-live"),
    ASTRBOT_CMD_CONFIG_PATH: fixture("astrbot/cmd_config_v4_sources.json"),
  });
  await settle(service);
  await service.stop();
  await gateway[Symbol.asyncDispose]();
};

const brokenServices = async ({ check, openAt }: Stage) => {
  const wrongToken = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Response.json({ error: { message: "Unauthorized", type: "unauthorized" } }, { status: 401 }),
  });
  const cases = {
    "gateway-down": { OPENCLAW_GATEWAY_URL: NOWHERE, EXECUTOR_CODEX_BIN: fixture("bin/codex-live") },
    "token-wrong": { OPENCLAW_GATEWAY_URL: wrongToken.url.origin, EXECUTOR_CODEX_BIN: fixture("bin/codex-live") },
    "all-wrong": { OPENCLAW_GATEWAY_URL: NOWHERE, EXECUTOR_CODEX_BIN: "no-such-codex", BACKEND_API_TOKEN: "short" },
  };
  const titles = {
    "gateway-down": "网关没有运行",
    "token-wrong": "网关拒绝了我们的 token",
    "all-wrong": "API token 未配置",
  };

  const seenBroken = async (name: keyof typeof cases, origin: string, wanted: readonly Look[]) => {
    for (const look of wanted) {
      await check(`${name} ${nameOf(look)}`, async () => {
        const window = await openAt(origin, look);
        const page = await window.newPage();
        await page.goto(`${origin}/web/status`);
        if (look.locale === "zh-CN") await page.locator("h1", { hasText: titles[name] }).waitFor();
        const command = page.locator(".headline .command");
        same(await command.count(), 1, "commands in the verdict");
        if (look.scripts) {
          await page.locator(".headline .copy").click();
          same(
            await page.evaluate("navigator.clipboard.readText()"),
            await command.textContent(),
            "the copied command",
          );
          await page.reload();
        }
        await screenshot(page, `status-${name}-${nameOf(look)}`);
        await isSound(page, window, look);
        await window.close();
      });
    }
  };

  // All has worked once.
  const root = mkdtempSync(join(tmpdir(), "settled-"));
  const base = { OPENCLAW_GATEWAY_TOKEN: "web-test-token-of-the-gateway", OPENCLAW_BACKEND_ROOT: root };
  await settleAt(base);
  for (const [name, env] of Object.entries(cases) as [keyof typeof cases, Record<string, string>][]) {
    const service = await startService({ ...base, ...env });
    // The first check of the gateway runs while somebody looks.
    await (await fetch(`${service.url}/web/status`)).arrayBuffer();
    await (await fetch(`${service.url}/web/status`)).arrayBuffer();
    await seenBroken(name, service.url, name === "gateway-down" ? looks : [phone, { ...phone, theme: "dark" }]);
    if (name === "gateway-down") {
      await check("an open breaker counts down on the page", async () => {
        const window = await openAt(service.url, phone);
        const page = await window.newPage();
        for (let turn = 0; turn < 2; turn++) {
          await service.api("/responses", { method: "POST", body: "{}" }).catch(() => {});
        }
        await page.goto(`${service.url}/web/status`);
        const countdown = page.locator("#gateway [data-until]");
        const before = await countdown.textContent();
        await page.locator("#gateway [data-until]", { hasNotText: before ?? "" }).waitFor();
        same(await page.locator("#gateway .line", { hasText: /^熔断器已断开 · / }).count(), 1, "the gateway's line");
        await screenshot(page, "status-breaker-open");
        await isSound(page, window, phone);
        await window.close();
      });
    }
    await service.stop();
  }
  await wrongToken.stop(true);
};

const healthyPage = async ({ check, open, service }: Stage) => {
  await check("a healthy page says so within two screens of a phone, in the reader's words", async () => {
    const window = await open(phone);
    const page = await window.newPage();
    await page.goto(`${service.url}/web/status`);
    await page.locator("h1", { hasText: "一切正常" }).waitFor();
    same(await page.locator(".parts > .part").count(), 9, "parts");
    same(await page.locator(".parts > .part[open]").count(), 0, "open parts");
    const height: number = await page.evaluate("document.documentElement.scrollHeight");
    same(height <= 2 * 740, true, `${height} px`);
    for (const summary of await page.locator(".parts > .part > summary").all()) await summary.click();
    const text = (await page.locator("main").textContent()) ?? "";
    same(/HTTP|error_type|\bOK\b|FAIL|v1\.1|\d{4,} MiB|openclaw-astr/.exec(text)?.[0], undefined, "machine words");
    window.noFaults();
    await window.close();
  });
};

const firstRun = async ({ check, openAt }: Stage) => {
  const gateway = await startFakeGateway(({ socket }) => void socket.end(replyJson(200, PONG)));
  const service = await startService({
    OPENCLAW_GATEWAY_URL: gateway.url,
    OPENCLAW_GATEWAY_TOKEN: "web-test-token-of-the-gateway",
    EXECUTOR_CODEX_BIN: fixture("bin/codex-live"),
    ASTRBOT_CMD_CONFIG_PATH: fixture("astrbot/cmd_config_v4_sources.json"),
  });
  const cookie = await logInTo(service);
  for (const look of looks) {
    await check(`the first run ${nameOf(look)}`, async () => {
      const window = await openAt(service.url, look, cookie);
      const page = await window.newPage();
      await page.goto(`${service.url}/web/status`);
      same(await page.locator(".steps > .part").count(), 4, "steps");
      same(await page.locator(".steps .command").count(), 4, "commands");
      same(await page.locator("#step-astrbot .remedy").count(), 0, "what the step itself says");
      await screenshot(page, `first-run-${nameOf(look)}`);
      await isSound(page, window, look);
      await window.close();
    });
  }
  await check("each step turns green by its own button, and then the overview takes its place", async () => {
    const window = await openAt(service.url, plainLook, cookie);
    const page = await window.newPage();
    for (const step of ["gateway", "model", "codex", "astrbot"]) {
      await page.goto(`${service.url}/web/status`);
      const part = page.locator(`#step-${step}`);
      if (!(await part.getAttribute("class"))?.includes("ok")) {
        same(await part.getAttribute("open"), "", `${step} is the next step, and open`);
        await part.locator("button[type=submit]").click();
        await page.waitForLoadState();
      }
    }
    await page.goto(`${service.url}/web/status`);
    await page.locator("h1", { hasText: "一切正常" }).waitFor();
    window.noFaults();
    await window.close();
  });
  await service.stop();
  await gateway[Symbol.asyncDispose]();
};
