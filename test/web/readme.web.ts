import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type Look, plainLook } from "./look.ts";
import type { Suite } from "./stage.ts";

const take = async (page: Page, name: string, height: number) => {
  await page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height });
  await page.screenshot({ path: `screenshots/readme-${name}.png` });
};

/** The pictures of the READMEs; run by name only, then reduced to a palette by hand. */
export const readmeSuite: Suite = async ({ open, service }) => {
  const cwd = mkdtempSync(join(tmpdir(), "AstrBot-"));
  for (const task of [
    "总结 AstrBot 仓库昨天的提交，列出需要我确认的改动",
    "检查 data/ 目录占用，给出可以清理的文件",
    "检查昨晚的备份是否完整",
  ]) {
    await service.finished(await service.submit({ task, cwd }));
  }
  await service.api("/models/pull-astr", { method: "POST" });
  await service.checkedProbe();
  const stopped = await service.submit({ task: "把所有依赖升级到最新版本", cwd });
  await service.cancel(stopped);
  await service.finished(stopped);
  const id = await service.submit({ task: "修复 test/unit/clock.test.ts 中偶尔失败的测试", cwd });

  const show = async (look: Look, path: string, name: string, height: number) => {
    const window = await open(look);
    const page = await window.newPage();
    await page.goto(service.url + path);
    await page.locator("#live[data-state=on]").waitFor();
    await take(page, name, height);
    await window.close();
  };
  const phone = { ...plainLook, width: 360 } as const;
  writeFileSync(join(cwd, "step-1"), "");
  const window = await open({ ...plainLook, locale: "en", theme: "dark" });
  const page = await window.newPage();
  await page.goto(`${service.url}/web/jobs/${id}`);
  await page.getByText("src/clock.ts").first().waitFor();
  await take(page, "job", 600);
  await window.close();
  await show(plainLook, "/web/status", "status", 600);
  await show(phone, "/web/jobs", "jobs-phone", 720);
  await show({ ...phone, theme: "dark" }, "/web/status", "status-phone", 720);
  writeFileSync(join(cwd, "step-2"), "");
  await service.finished(id);
  rmSync(cwd, { recursive: true });
};
