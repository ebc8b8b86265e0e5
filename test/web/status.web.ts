import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture } from "@test/support/fixtures.ts";
import { startService } from "../real/service.ts";
import { same } from "./checks.ts";
import { isSound, type Look, looks, nameOf, plainLook, screenshot } from "./look.ts";
import type { Stage, Suite } from "./stage.ts";

const phone = { ...plainLook, width: 360 } as const;
/** Nothing listens there: the port is privileged, and unassigned. */
const NOWHERE = "http://127.0.0.1:1";

/** The status page while things go wrong and come right again, as somebody sees it who leaves it open. */
export const statusSuite: Suite = async (stage) => {
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
    await page.locator("#gateway summary", { hasText: "深度检查" }).click();
    const id = await service.submit({ task: "steps: watched from the status page", cwd });
    await page.locator("#worker").getByText(id).waitFor();
    await page.locator("#worker").getByText("$ bun test test/unit/clock.test.ts").waitFor();
    await page.locator("#worker [data-since]", { hasText: /\d+ 秒/ }).waitFor();
    await screenshot(page, "status-job-running");
    writeFileSync(join(cwd, "step-1"), "");
    writeFileSync(join(cwd, "step-2"), "");
    await service.finished(id);
    await page.locator("#worker .pill", { hasText: "空闲" }).waitFor();
    same(await page.locator("#gateway details[open]").count(), 1, "opened parts");
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
        same(await page.locator(".headline .command").count(), 1, "commands in the verdict");
        await screenshot(page, `status-${name}-${nameOf(look)}`);
        await isSound(page, window, look);
        await window.close();
      });
    }
  };

  for (const [name, env] of Object.entries(cases) as [keyof typeof cases, Record<string, string>][]) {
    const service = await startService({ OPENCLAW_GATEWAY_TOKEN: "web-test-token-of-the-gateway", ...env });
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
        await screenshot(page, "status-breaker-open");
        await isSound(page, window, phone);
        await window.close();
      });
    }
    await service.stop();
  }
  await wrongToken.stop(true);
};
