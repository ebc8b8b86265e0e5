import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { same } from "./checks.ts";
import { fits, isAccessible, plainLook, screenshot } from "./look.ts";
import type { Suite } from "./stage.ts";

const submit = async (page: Page, url: string, task: string, cwd: string) => {
  await page.goto(`${url}/web/jobs`);
  await page.getByRole("link", { name: "新任务" }).click();
  await page.fill("textarea[name=task]", task);
  await page.fill("input[name=cwd]", cwd);
  await page.getByRole("button", { name: "提交任务" }).click();
  await page.waitForURL(/\/web\/jobs\/[0-9a-f]{16}$/);
};

/** A job from the form to its end, watched as it goes on; and one that is called off. */
export const jobsSuite: Suite = async ({ check, open, service }) => {
  const cwd = mkdtempSync(join(tmpdir(), "watched-"));
  const step = (number: number) => writeFileSync(join(cwd, `step-${number}`), "");

  await check("a job is submitted and watched to its end without a reload, on two tabs and in the list", async () => {
    const window = await open(plainLook);
    const [page, second, list] = [await window.newPage(), await window.newPage(), await window.newPage()];
    await list.goto(`${service.url}/web/jobs`);
    await submit(page, service.url, "steps: fix the flaky test in test/unit/clock.test.ts", cwd);
    await page.evaluate("window.wasNotReloaded = true");
    await second.goto(page.url());
    for (const tab of [page, second]) await tab.getByText("命令 · 执行中").waitFor();
    await list.getByText("运行中").nth(1).waitFor();
    await page.locator("[data-since]", { hasText: /已运行 \d+ 秒/ }).waitFor();
    await screenshot(page, "job-running");
    await isAccessible(page);
    await fits(page);

    step(1);
    for (const tab of [page, second]) await tab.getByText("命令 · 退出码 0").waitFor();
    await page.getByText("src/clock.ts").first().waitFor();
    step(2);
    for (const tab of [page, second]) await tab.locator("h1", { hasText: "成功" }).waitFor();
    await page.locator("#live[data-state=done]").waitFor();
    await list.locator(".jobs .pill", { hasText: "成功" }).first().waitFor();
    same(await page.evaluate("window.wasNotReloaded"), true, "not reloaded");
    const [before] = await page.locator(".timeline > li").allInnerTexts();
    await page.reload();
    same((await page.locator(".timeline > li").allInnerTexts())[0], before, "the timeline after a reload");
    window.noFaults();
    await window.close();
  });

  await check("times are in the viewer's zone, and in UTC without scripts", async () => {
    for (const scripts of [true, false]) {
      const window = await open({ ...plainLook, scripts });
      const page = await window.newPage();
      await page.goto(`${service.url}/web/jobs`);
      const time = page.locator(".jobs time").first();
      const stamp = Date.parse((await time.getAttribute("datetime")) ?? "");
      const utc = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
      same(await time.textContent(), scripts ? utc(stamp + 8 * 3_600_000) : `${utc(stamp)} UTC`, "the time");
      await window.close();
    }
  });

  for (const scripts of [true, false]) {
    const say = scripts ? "with scripts" : "without scripts";
    await check(`a running job is canceled after a question, and run again, ${say}`, async () => {
      const window = await open({ ...plainLook, scripts });
      const page = await window.newPage();
      await submit(page, service.url, `hang ${say}`, cwd);
      const id = page.url().slice(-16);
      await page.locator("summary", { hasText: "取消任务" }).click();
      await page.getByRole("button", { name: "确认取消" }).click();
      await service.finished(id);
      if (!scripts) await page.goto(`${service.url}/web/jobs/${id}`);
      await page.locator("h1", { hasText: "已取消" }).waitFor();
      await page.locator("summary", { hasText: "再次运行" }).click();
      await page.getByRole("button", { name: "确认运行" }).click();
      const again = page.url().slice(-16);
      same(again === id, false, "the same job");
      await service.cancel(again);
      await service.finished(again);
      window.noFaults();
      await window.close();
    });
  }

  await check("an opened question and a selection outlive what changes around them", async () => {
    const window = await open(plainLook);
    const page = await window.newPage();
    await submit(page, service.url, "hang on", cwd);
    await page.getByText("命令 · 执行中").waitFor();
    await page.locator("summary", { hasText: "取消任务" }).click();
    const queued = await service.submit({ task: "done behind it", cwd });
    await page.getByRole("button", { name: "确认取消" }).click();
    await service.finished(queued);
    await window.close();
  });
  rmSync(cwd, { recursive: true });
};
