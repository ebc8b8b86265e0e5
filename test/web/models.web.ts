import { writeFileSync } from "node:fs";
import { same } from "./checks.ts";
import { fits, plainLook } from "./look.ts";
import type { Suite } from "./stage.ts";

const provider = (id: string, model: string) => ({ id, model, enable: true });

/** One press to pull, a file or pasted text to import: with scripts and without. */
export const modelsSuite: Suite = async ({ check, open, service, configPath }) => {
  for (const scripts of [true, false]) {
    const window = await open({ ...plainLook, scripts });
    const page = await window.newPage();
    const say = scripts ? "with scripts" : "without scripts";

    await check(`pulls AstrBot's models, ${say}`, async () => {
      await page.goto(`${service.url}/web/models`);
      await page.getByRole("button", { name: "一键拉取 Astr 配置" }).click();
      await page.getByText("一键拉取成功").waitFor();
      window.noFaults();
    });

    await check(`imports a file after a preview, ${say}`, async () => {
      const path = `${configPath}.import`;
      writeFileSync(path, JSON.stringify({ provider: [provider("from/文件", "m-1"), provider(say, "m-2")] }));
      await page.goto(`${service.url}/web/models`);
      await page.setInputFiles("input[type=file]", path);
      await page.getByRole("button", { name: "预览改动" }).click();
      await page.getByRole("button", { name: "确认导入" }).click();
      await page.getByText("导入成功").waitFor();
      same((await page.getByText("from/文件").count()) > 0, true, "the import is shown");
      window.noFaults();
    });

    await check(`imports pasted text full of traps as text, ${say}`, async () => {
      const hostile = [`<img src=x onerror=alert(1)>`, "\u202egnp.exe", "🏳️‍🌈".repeat(40), "y".repeat(4000)];
      await page.goto(`${service.url}/web/models`);
      await page.fill("textarea[name=text]", JSON.stringify({ provider: hostile.map((id) => provider(id, id)) }));
      await page.getByRole("button", { name: "预览改动" }).click();
      await page.getByRole("button", { name: "确认导入" }).click();
      await page.getByText("导入成功").waitFor();
      same(await page.locator("main img").count(), 0, "images");
      window.noFaults();
    });
    await check(`keeps what was pasted when it is refused, and says why beside it, ${say}`, async () => {
      const pasted = '\n{"provider": [oops </textarea><b>';
      await page.goto(`${service.url}/web/models`);
      await page.fill("textarea[name=text]", pasted);
      await page.getByRole("button", { name: "预览改动" }).click();
      const alert = page.locator("#import [role=alert]");
      await alert.waitFor();
      same(await page.inputValue("textarea[name=text]"), pasted, "the text");
      const box = await alert.boundingBox();
      same(box !== null && box.y >= 0 && box.y + box.height <= 860, true, "in sight");
      await fits(page);
      window.noFaults(/400/);
    });

    await check(`shows the default model first, and what is searched for, ${say}`, async () => {
      await page.goto(`${service.url}/web/models`);
      await page.getByRole("button", { name: "一键拉取 Astr 配置" }).click();
      await page.getByText("一键拉取成功：AstrBot 配置文件，共").waitFor();
      await page.locator(".models tbody tr").first().getByText("默认").waitFor();
      same(await page.locator(".models thead th").count(), 4, "columns");
      await page.locator("input[name=q]").pressSequentially("deepseek-chat");
      if (!scripts) await page.getByRole("button", { name: "搜索" }).click();
      await page.locator(".models tbody tr").nth(1).waitFor({ state: "detached" });
      same(await page.locator(".models tbody tr").count(), 1, "rows");
      window.noFaults();
    });
    await window.close();
  }
};
