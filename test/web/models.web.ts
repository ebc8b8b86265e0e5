import { writeFileSync } from "node:fs";
import { same } from "./checks.ts";
import { plainLook } from "./look.ts";
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
    await window.close();
  }
};
