import { same } from "./checks.ts";
import { isSound, looks, nameOf, plainLook, screenshot } from "./look.ts";
import type { Suite } from "./stage.ts";

/** As many as are stored. */
const MODELS = 2_000;

/** The audit log as it grows, with and without scripts; and thousands of models, found without any. */
export const auditSuite: Suite = async ({ check, open, service }) => {
  await check("a new record shows by itself, filters hold, and older ones are a link away", async () => {
    const window = await open(plainLook);
    const page = await window.newPage();
    await page.goto(`${service.url}/web/audit?action=backend_exec_job`);
    await page.locator("#live[data-state=on]").waitFor();
    const id = await service.submit({ task: "done: seen on the audit page", cwd: "/tmp" });
    await page.locator("#records").getByText(id).first().waitFor();
    await service.finished(id);
    for (let n = 0; n < 30; n++) {
      await service.finished(await service.submit({ task: `done: ${n}`, cwd: "/tmp" }));
    }
    await page.getByRole("link", { name: "更早的记录" }).click();
    await page.getByRole("link", { name: "回到最新" }).waitFor();
    same(await page.locator("#live").count(), 0, "live signs on an older page");
    window.noFaults();
    await window.close();
  });

  await check("filters work without scripts", async () => {
    const window = await open({ ...plainLook, scripts: false });
    const page = await window.newPage();
    await page.goto(`${service.url}/web/audit`);
    await page.selectOption("select[name=action]", "backend_exec_job");
    await page.selectOption("select[name=outcome]", "denied");
    await page.getByRole("button", { name: "筛选" }).click();
    same(new URL(page.url()).search, "?action=backend_exec_job&outcome=denied", "the query");
    window.noFaults();
    await window.close();
  });

  await check("a full list of models is searched and paged without scripts", async () => {
    const providers = Array.from({ length: MODELS }, (_, n) => ({ id: `source/${n}`, model: `model-${n}` }));
    await service.api("/models/import-astr", {
      method: "POST",
      body: JSON.stringify({ providers, source: "web-test" }),
    });
    const window = await open({ ...plainLook, scripts: false });
    const page = await window.newPage();
    await page.goto(`${service.url}/web/models`);
    await page.getByRole("link", { name: "下一页" }).click();
    await page.getByText("第 2 / 40 页").waitFor();
    await page.fill("input[name=q]", "model-19");
    await page.selectOption("select[name=capability]", "chat");
    await page.getByRole("button", { name: "搜索" }).click();
    await page.getByText("111 / 2000 条").waitFor();
    window.noFaults();
    await window.close();
  });

  for (const look of looks.filter(({ scripts, theme }) => scripts && theme === "light")) {
    await check(`a full page of models ${nameOf(look)}`, async () => {
      const window = await open(look);
      const page = await window.newPage();
      await page.goto(`${service.url}/web/models?q=model-19`);
      await screenshot(page, `models-many-${nameOf(look)}`);
      await isSound(page, window, look);
      await window.close();
    });
  }
};
