import { same } from "./checks.ts";
import { plainLook } from "./look.ts";
import type { Suite } from "./stage.ts";

/** In and out, with scripts and without. */
export const loginSuite: Suite = async ({ check, open, service }) => {
  const pathOf = (url: string) => url.slice(service.url.length);

  for (const scripts of [true, false]) {
    const window = await open({ ...plainLook, scripts }, { member: false });
    const page = await window.newPage();
    const say = scripts ? "with scripts" : "without scripts";

    await check(`a guest is led to the login and back, ${say}`, async () => {
      await page.goto(`${service.url}/web/jobs?state=failed`);
      same(pathOf(page.url()), "/web/login?next=%2Fweb%2Fjobs%3Fstate%3Dfailed", "the way");
      await page.fill("input[name=token]", "not the token, but of some length");
      await page.click("main button");
      same(await page.getByRole("alert").count(), 1, "alerts");
      window.noFaults(/403/);
      await page.fill("input[name=token]", service.apiToken);
      await page.click("main button");
      same(pathOf(page.url()), "/web/jobs?state=failed", "the page");
      window.noFaults();
    });

    await check(`the session's key is out of scripts' reach, ${say}`, async () => {
      const [cookie, ...others] = (await window.context.cookies()).filter(({ name }) => name !== "lang");
      same(others.length, 0, "other cookies");
      same([cookie?.httpOnly, cookie?.sameSite], [true, "Strict"], "the cookie");
    });

    await check(`a press on log out ends it, ${say}`, async () => {
      await page.getByRole("button", { name: "退出登录" }).click();
      await page.goto(`${service.url}/web/jobs`);
      same(pathOf(page.url()), "/web/login?next=%2Fweb%2Fjobs", "the page");
      window.noFaults();
    });
    await window.close();
  }

  await check("a logout in one tab takes the live page of another to the login", async () => {
    const window = await open(plainLook);
    const [watching, other] = [await window.newPage(), await window.newPage()];
    await watching.goto(`${service.url}/web/jobs`);
    await watching.locator("#live[data-state=on]").waitFor();
    await other.goto(`${service.url}/web/status`);
    await other.getByRole("button", { name: "退出登录" }).click();
    await watching.waitForURL(/\/web\/login/);
    window.noFaults();
    await window.close();
  });

  await check("a page whose session is gone when it reconnects, as after a restart, leads to the login", async () => {
    const window = await open(plainLook);
    const page = await window.newPage();
    await page.goto(`${service.url}/web/jobs`);
    await page.locator("#live[data-state=on]").waitFor();
    await window.context.clearCookies();
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.waitForURL(/\/web\/login/);
    window.noFaults(/401/);
    await window.close();
  });

  await check("the keyboard comes to the content first, then to the pages, and sees where it is", async () => {
    const window = await open(plainLook);
    const page = await window.newPage();
    await page.goto(`${service.url}/web/status`);
    const focused = () => page.evaluate("document.activeElement.textContent.trim()");
    await page.keyboard.press("Tab");
    same(await focused(), "跳到正文", "the first stop");
    for (const stop of ["openclaw-assistant-backend", "状态", "任务"]) {
      await page.keyboard.press("Tab");
      same(await focused(), stop, "the next stop");
    }
    same(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "solid", "its outline");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/web\/jobs$/);
    await window.close();
  });
};
