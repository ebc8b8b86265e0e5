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
export const jobsSuite: Suite = async ({ check, open, service, logIn }) => {
  const cwd = mkdtempSync(join(tmpdir(), "watched-"));
  const step = (number: number) => writeFileSync(join(cwd, `step-${number}`), "");

  await check("a job is submitted and watched to its end without a reload, on two tabs and in the list", async () => {
    const window = await open(plainLook);
    const [page, second, list] = [await window.newPage(), await window.newPage(), await window.newPage()];
    await list.goto(`${service.url}/web/jobs`);
    await submit(page, service.url, "steps: fix the flaky test in test/unit/clock.test.ts", cwd);
    await page.evaluate("window.wasNotReloaded = true");
    await second.goto(page.url());
    for (const tab of [page, second]) await tab.locator(".timeline b", { hasText: "执行中" }).waitFor();
    await list.getByText("运行中").nth(1).waitFor();
    await page.locator(".state-line", { hasText: /运行中\s*0:\d\d \/ 上限 3:00\s*计划 1\/2/ }).waitFor();
    await screenshot(page, "job-running");
    await isAccessible(page);
    await fits(page);

    step(1);
    for (const tab of [page, second]) await tab.getByText("退出码 0").waitFor({ state: "attached" });
    await page.getByText("src/clock.ts").first().waitFor();
    step(2);
    for (const tab of [page, second]) await tab.locator(".state-line", { hasText: "成功" }).waitFor();
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
      const age = page.locator(".jobs time").first();
      same(/^\d+ (秒|分钟)前$/.test((await age.textContent()) ?? ""), true, "the age");
      await page.locator(".jobs a").first().click();
      await page.locator("#facts summary").click();
      const time = page.locator("#facts time").first();
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
      await page.locator(".state-line", { hasText: "已取消" }).waitFor();
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
    await page.locator(".timeline b", { hasText: "执行中" }).waitFor();
    await page.locator("summary", { hasText: "取消任务" }).click();
    const queued = await service.submit({ task: "done behind it", cwd });
    await page.getByRole("button", { name: "确认取消" }).click();
    await service.finished(queued);
    await window.close();
  });

  await check(
    "a long job is followed to its end, unless the reader scrolls up, and nothing on the page jumps",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "watched-"));
      const id = await service.submit({ task: "many: read all the files", cwd: folder });
      const window = await open({ ...plainLook, width: 360 });
      const page = await window.newPage();
      await page.goto(`${service.url}/web/jobs/${id}`);
      await page.getByText("cat src/file-50.ts").waitFor();
      const atEnd = () => page.evaluate("innerHeight + scrollY >= document.documentElement.scrollHeight - 40");
      same(await atEnd(), true, "at the end when it is opened");
      same(await page.getByText("/bin/bash").count(), 0, "shells in commands");
      same((await page.title()).startsWith("运行中 · many: read all the files"), true, "the running title");
      const iconOf = () => page.getAttribute("link[rel=icon]", "href");
      const running = await iconOf();
      await page.evaluate(
        "window.shifts = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) window.shifts += entry.value; })).observe({ type: 'layout-shift' })",
      );
      const html = await (await fetch(page.url(), { headers: { cookie: await logIn() } })).text();
      same(Buffer.byteLength(html) < 30_000, true, `${Buffer.byteLength(html)} B of HTML with 50 rows`);
      writeFileSync(join(folder, "step-1"), "");
      await page.getByText("bun test").first().waitFor();
      same(await atEnd(), true, "at the end after a new row");
      same(await page.evaluate("window.shifts"), 0, "layout shifts");
      await page.mouse.wheel(0, -600);
      await page.waitForFunction("innerHeight + scrollY < document.documentElement.scrollHeight - 100");
      const before = await page.evaluate("scrollY");
      writeFileSync(join(folder, "step-2"), "");
      await page.locator(".state-line", { hasText: "成功" }).waitFor();
      same((await page.title()).startsWith("成功 · "), true, "the title at the end");
      same((await iconOf()) === running, false, "the icon is still that of a running job");
      same(await page.locator("#result").getByText("All 50 files are fine.").count(), 1, "the result");
      same(await page.locator("#timeline").getByText("All 50 files").count(), 0, "the result in the timeline");
      same(await page.locator(".timeline details[open]").count(), 0, "unfolded rows");
      same(Number(await page.evaluate("scrollY")) >= Number(before), true, "the reader's place");
      await page.locator(".timeline summary", { hasText: "file-7.ts" }).click();
      await page.locator(".timeline details[open] .copy").click();
      same(await page.evaluate("navigator.clipboard.readText()"), "cat src/file-7.ts", "the copied command");
      await isAccessible(page);
      await fits(page);
      window.noFaults();
      await window.close();
      rmSync(folder, { recursive: true });
    },
  );

  for (const locale of ["zh-CN", "en"] as const) {
    await check(`a failure is told once, in words, in ${locale}`, async () => {
      const id = await service.submit({ task: "fails: say why", cwd });
      await service.finished(id);
      const window = await open({ ...plainLook, locale, width: 768 });
      const page = await window.newPage();
      await page.goto(`${service.url}/web/jobs/${id}`);
      await screenshot(page, `job-failed-${locale}`);
      const [text = ""] = await page.locator("main").allInnerTexts();
      same(text.split("exceeded retry limit").length - 1, 1, "the sentence");
      same(text.match(/Reconnecting\.\.\. \d\/5/g), ["Reconnecting... 5/5"], "retries");
      same(await page.locator("#result").count(), 0, "a result");
      if (locale === "en") same(/\p{Script=Han}/u.test(text), false, "Chinese on the English page");
      await page.goto(`${service.url}/web/jobs?state=failed`);
      const reason = locale === "en" ? "The model service is unavailable" : "模型服务不可用";
      same((await page.locator(".jobs .reason").allInnerTexts())[0], reason, "the reason in the list");
      window.noFaults();
      await window.close();
    });
  }

  await check("a job that never ran shows neither a start nor that it ran", async () => {
    const gone = mkdtempSync(join(tmpdir(), "gone-"));
    const first = await service.submit({ task: "hang before it", cwd });
    const id = await service.submit({ task: "done: in a folder that goes away", cwd: gone });
    const window = await open(plainLook);
    const page = await window.newPage();
    await page.goto(`${service.url}/web/jobs/${id}`);
    await page.locator(".state-line", { hasText: /排队中\s*排在第 1 位\s*已等待 0:\d\d/ }).waitFor();
    rmSync(gone, { recursive: true });
    await service.cancel(first);
    await service.finished(id);
    await page.locator(".state-line", { hasText: "失败" }).waitFor();
    const [text = ""] = await page.locator("main").allInnerTexts();
    await page.locator("#facts summary").click();
    const facts = await page.locator("#facts dt").allInnerTexts();
    same([/运行中/.test(text), facts.includes("开始"), facts.includes("提交")], [false, false, true], "what is shown");
    window.noFaults();
    await window.close();
  });

  await check("a title is read whole on a phone, and tokens are in the reader's words", async () => {
    const id = await service.submit({
      task: "done: a task of one line that takes up to one hundred characters, as many do",
      cwd,
    });
    await service.finished(id);
    const window = await open({ ...plainLook, width: 360 });
    const page = await window.newPage();
    await page.goto(`${service.url}/web/jobs/${id}`);
    const cut = Number(
      await page.evaluate(
        "(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)(document.querySelector('h1'))",
      ),
    );
    same(cut <= 1, true, `${cut} px of the title are cut off`);
    await page.locator("#facts summary").click();
    await page.getByText("输入 2140, 缓存输入 1024, 输出 166").waitFor();
    await page.locator(".state-line", { hasText: "用时" }).waitFor();
    await screenshot(page, "job-long-title-360");
    window.noFaults();
    await window.close();
  });

  await check("a result is Markdown without HTML, and is copied as it was written", async () => {
    const id = await service.submit({ task: "markdown: sum up", cwd });
    await service.finished(id);
    for (const look of [plainLook, { ...plainLook, width: 360, theme: "dark", scripts: false }] as const) {
      const window = await open(look);
      const page = await window.newPage();
      await page.goto(`${service.url}/web/jobs/${id}`);
      await screenshot(page, `job-markdown-${look.width}`);
      same(await page.locator(".markdown :is(img, script, [onerror])").count(), 0, "HTML that passed");
      same(await page.locator(".markdown a").allInnerTexts(), ["three", "p"], "links");
      same(await page.locator(".markdown :is(h3, strong, td, pre)").count(), 5, "elements");
      same(await page.locator("#result .copy").isVisible(), look.scripts, "the copy button");
      await fits(page);
      if (look.scripts) {
        await isAccessible(page);
        await page.locator("#result .copy").click();
        await page.locator("#result .copy", { hasText: "已复制" }).waitFor();
        same(String(await page.evaluate("navigator.clipboard.readText()")).startsWith("# Summary\n"), true, "the copy");
      }
      window.noFaults();
      await window.close();
    }
  });

  await check("the list pins the running job, counts, and is searched while typing, or by a press", async () => {
    const running = await service.submit({ task: "hang: the pinned one", cwd });
    const behind = await service.submit({ task: "done: 排在后面", cwd });
    for (const scripts of [true, false]) {
      const window = await open({ ...plainLook, scripts });
      const page = await window.newPage();
      await page.goto(`${service.url}/web/jobs`);
      await page.locator(".jobs > li").first().getByText("hang: the pinned one").waitFor();
      same(await page.locator(".tabs a", { hasText: "运行中" }).allInnerTexts(), ["运行中 1"], "the count");
      if (scripts) await page.evaluate("window.wasNotReloaded = true");
      await page.locator("input[name=q]").pressSequentially("MANY: READ");
      if (!scripts) await page.getByRole("button", { name: "搜索" }).click();
      await page.locator(".jobs > li").nth(1).waitFor({ state: "detached" });
      same(await page.locator(".jobs > li a").allInnerTexts(), ["many: read all the files"], "what was found");
      await page.waitForURL(/\?q=MANY%3A\+READ$/);
      if (scripts) same(await page.evaluate("window.wasNotReloaded"), true, "not reloaded");
      window.noFaults();
      await window.close();
    }
    for (const id of [running, behind]) await service.cancel(id);
    for (const id of [running, behind]) await service.finished(id);
  });

  rmSync(cwd, { recursive: true });
};
